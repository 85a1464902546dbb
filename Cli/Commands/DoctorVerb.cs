using System.CommandLine;
using Orleans.Log.Cli.Doctor;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Inspection;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog doctor</summary>
internal sealed class DoctorVerb : Verb
{
    private readonly Argument<string> _directory = new("directory") { Description = "Data directory of a node that is not running.", HelpName = "DIR" };

    public DoctorVerb()
        : base("doctor", "Reads a data directory offline: what is in it, and what is damaged. Changes nothing.") => Add(_directory);

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var directory = call.Get(_directory);
        try
        {
            var result = await InspectAsync(call, directory, HostDisk.OpenExisting(directory), cancellationToken);
            DoctorReport.Write(call.Out, result);
            return result.Damaged ? ExitCode.Corrupt : ExitCode.Ok;
        }
        catch (DataDirectoryException refused)
        {
            throw new CliException(ExitCodeOf(refused.Problem), refused.Message, refused);
        }
        catch (DiskException missing) when (missing.Failure == DiskFailure.NotFound)
        {
            throw new CliException(ExitCode.NotFound, missing.Message, missing);
        }
    }

    private static Task<DoctorResult> InspectAsync(Call call, string directory, IDisk disk, CancellationToken cancellationToken) =>
        CliProgress.RunAsync(call.Host, call.Out.Json, $"reading {directory}", NodeInspector.Measure(disk), async progress =>
        {
            var started = call.Host.Time.GetTimestamp();
            try
            {
                return DoctorResult.Of(directory, await NodeInspector.InspectAsync(disk, bytes => progress.Set(bytes), cancellationToken));
            }
            catch (DataDirectoryException refused) when (ExitCodeOf(refused.Problem) == ExitCode.Corrupt)
            {
                var log = WalInspector.Inspect(disk, progress: bytes => progress.Set(bytes));
                return DoctorResult.Refused(directory, refused.Message, log, call.Host.Time.GetElapsedTime(started).TotalSeconds);
            }
        });

    private static ExitCode ExitCodeOf(DataDirectoryProblem problem) => problem switch
    {
        DataDirectoryProblem.Missing or DataDirectoryProblem.NotOurs => ExitCode.NotFound,
        DataDirectoryProblem.InUse => ExitCode.Unavailable,
        DataDirectoryProblem.NewerVersion => ExitCode.Failed,
        _ => ExitCode.Corrupt,
    };
}

using System.CommandLine;
using Orleans.Log.Cli.Doctor;
using Orleans.Log.Cli.Stores;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Inspection;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog doctor</summary>
internal sealed class DoctorVerb : Verb
{
    private readonly Argument<string?> _directory = new("directory")
    {
        Description = "Data directory of a node that is not running.",
        HelpName = "DIR",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _blobs = new("--blobs")
    {
        Description = "Instead: directory of a blob store, also of one in use; every root, snapshot and segment is read and verified.",
        HelpName = "DIR",
    };

    public DoctorVerb()
        : base("doctor", "Reads a data directory offline, or a blob store: what is in it, and what is damaged. Changes nothing.")
    {
        Add(_directory);
        Add(_blobs);
    }

    public override Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken) => (call.Get(_directory), call.Get(_blobs)) switch
    {
        ({ } directory, null) => ExamineNodeAsync(call, directory, cancellationToken),
        (null, { } blobs) => ExamineStoreAsync(call, blobs, cancellationToken),
        _ => throw new CliException(ExitCode.Usage, "Name a data directory, or a blob store with --blobs: one of them at a time."),
    };

    private static async Task<ExitCode> ExamineStoreAsync(Call call, string directory, CancellationToken cancellationToken)
    {
        using var blobs = await BlobDirectory.OpenAsync(directory, cancellationToken);
        var started = call.Host.Time.GetTimestamp();
        try
        {
            var found = await CliProgress.RunAsync(
                call.Host, call.Out.Json, $"reading {directory}", whole: 0, progress => StoreInspector.InspectAsync(blobs, new StoreBar(progress), cancellationToken));
            var result = StoreResult.Of(directory, found, call.Host.Time.GetElapsedTime(started));
            StoreView.Write(call.Out, result);
            return result.Damaged ? ExitCode.Corrupt : ExitCode.Ok;
        }
        catch (BlobStoreException refused)
        {
            throw new CliException(StoreExits.Of(refused.Kind), $"{directory}: {refused.Message}", refused);
        }
    }

    private static async Task<ExitCode> ExamineNodeAsync(Call call, string directory, CancellationToken cancellationToken)
    {
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

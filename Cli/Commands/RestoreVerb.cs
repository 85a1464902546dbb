using System.CommandLine;
using Orleans.Log.Cli.Stores;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog restore</summary>
internal sealed class RestoreVerb : Verb
{
    private const string WithoutDamaged = "--without-damaged";

    private readonly Option<string> _data = new("--data") { Description = "Data directory to build: empty, or one of a restore that was begun.", HelpName = "DIR", Required = true };
    private readonly Option<string> _blobs = new("--blobs") { Description = "Directory of the blob store.", HelpName = "DIR", Required = true };
    private readonly Option<Guid?> _node = new("--node")
    {
        Description = "The node whose streams are restored, if the store has those of several.",
        HelpName = "ID",
        CustomParser = static result => CommonOptions.Parse(result, ParseNode, "is not the id of a node: 32 hexadecimal digits"),
    };

    private readonly Option<bool> _withoutDamaged = new(WithoutDamaged) { Description = "Go on without streams that cannot be restored; they stay in the store, and the exit code is 7." };

    public RestoreVerb()
        : base("restore", "Builds a data directory from a blob store, for a node that is gone for good. Offline.")
    {
        Add(_data);
        Add(_blobs);
        Add(_node);
        Add(_withoutDamaged);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var (data, directory) = (call.Get(_data)!, call.Get(_blobs)!);
        using var blobs = await BlobDirectory.OpenAsync(directory, cancellationToken);
        var report = await CliProgress.RunAsync(call.Host, call.Out.Json, $"restoring {data}", whole: 0, progress =>
        {
            var request = new RestoreRequest(call.Get(_node), call.Get(_withoutDamaged), new RestoreBar(progress));
            return RestoreAsync(data, blobs, request, cancellationToken);
        });
        RestoreView.Write(call.Out, RestoreResult.Of(data, directory, report));
        return report.LeftOut.Count == 0 ? ExitCode.Ok : ExitCode.Corrupt;
    }

    private static Guid? ParseNode(string text) => Guid.TryParse(text, out var node) ? node : null;

    private static async Task<RestoreReport> RestoreAsync(string data, IBlobStore blobs, RestoreRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var host = new LogNodeHost { Disk = HostDisk.Open(data), Blobs = blobs };
            return await LogNode.RestoreAsync(new LogNodeOptions(), host, request, cancellationToken);
        }
        catch (StoreRefusedException refused) when (refused.Streams.Count > 0)
        {
            throw new CliException(StoreExits.Of(refused.Problem), $"{refused.Message} The option for that is {WithoutDamaged}.", refused);
        }
        catch (StoreRefusedException refused)
        {
            throw new CliException(StoreExits.Of(refused.Problem), refused.Message, refused);
        }
        catch (BlobStoreException refused)
        {
            throw new CliException(StoreExits.Of(refused.Kind), refused.Message, refused);
        }
        catch (DataDirectoryException refused)
        {
            throw new CliException(ExitCode.Failed, refused.Message, refused);
        }
    }
}

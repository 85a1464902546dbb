using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Standalone.Settings;

namespace Orleans.Log.Standalone.Blobs;

/// <summary>Starts the node, and before that rebuilds a lost data directory, if it was asked to.</summary>
internal static partial class NodeStart
{
    /// <summary>The node at work.</summary>
    public static async Task<LogNode> RunAsync(StandaloneOptions options, IBlobStore? blobs, ILoggerFactory logs)
    {
        LogPlaces(logs.CreateLogger("Orleans.Log.Standalone"), options.DataDirectory(), options.BlobDirectory() ?? "none");
        var host = new LogNodeHost { Disk = HostDisk.Open(options.DataDirectory()), Blobs = blobs, Loggers = logs };
        if (options.Restore)
            await RestoreAsync(options.Node, host);

        return await LogNode.StartAsync(options.Node, host);
    }

    /// <summary>Restores an empty directory, or goes on with a restore that was begun; one that has a node's data is left as it is, so that the option may stay on.</summary>
    private static async Task RestoreAsync(LogNodeOptions options, LogNodeHost host)
    {
        var logger = host.Loggers.CreateLogger("Orleans.Log.Standalone");
        try
        {
            var report = await LogNode.RestoreAsync(options, host, new RestoreRequest());
            LogRestored(logger, report.Streams.Count, report.FromNode, report.Node);
            foreach (var stream in report.Streams.Where(stream => stream.Tail > stream.Offloaded))
                LogLoss(logger, stream.Name, stream.Offloaded, stream.Tail);
        }
        catch (StoreRefusedException refused) when (refused.Problem == StoreProblem.NotEmpty)
        {
            LogNothingToDo(logger);
        }
    }

    [LoggerMessage(LogLevel.Information, "Data directory: {Directory}; blob store: {Blobs}")]
    private static partial void LogPlaces(ILogger logger, string directory, string blobs);

    [LoggerMessage(LogLevel.Warning, "Restored {Streams} streams of node {From} from the blob store; this is node {Node} now.")]
    private static partial void LogRestored(ILogger logger, int streams, Guid from, Guid node);

    [LoggerMessage(LogLevel.Warning, "Stream {Stream}: records from {From} on, if there were any, are lost; it goes on at {Tail}.")]
    private static partial void LogLoss(ILogger logger, StreamName stream, long from, long tail);

    [LoggerMessage(LogLevel.Information, "Nothing to restore: the data directory has a node's data.")]
    private static partial void LogNothingToDo(ILogger logger);
}

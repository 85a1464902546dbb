using System.Diagnostics.Metrics;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Cli.Bench;

/// <summary>A node inside this process, on a directory made for the run, with the counters that show that it flushes.</summary>
internal sealed class BenchNode : IAsyncDisposable
{
    private readonly string _directory;
    private readonly LogNode _node;
    private readonly BlockDevice? _device;
    private readonly MeterListener _listener = new();
    private long _blocks;

    private BenchNode(string directory, LogNode node)
    {
        (_directory, _node, _device) = (directory, node, BlockDevice.Of(directory));
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "orleans_log.wal.blocks")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _blocks, count));
        _listener.Start();
    }

    /// <summary>The log to drive.</summary>
    public ILogService Log => _node;

    /// <summary>
    /// Starts a node in a directory below <paramref name="parent"/> that is deleted at the end. <paramref name="direct"/>: O_DIRECT|O_DSYNC where the
    /// file system takes it, otherwise write and fdatasync. <paramref name="ioDepth"/>: block writes in flight; null for the default.
    /// </summary>
    public static async Task<BenchNode> StartAsync(string parent, bool direct, int? ioDepth, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(parent);
        var directory = Path.Combine(parent, $"olog-bench-{Guid.NewGuid():n}");
        var options = new LogNodeOptions { Wal = new WalOptions { WriteDurable = direct } };
        if (ioDepth is { } depth)
            options.Wal.IoDepth = depth;

        Directory.CreateDirectory(directory);
        try
        {
            var node = await LogNode.StartAsync(options, new LogNodeHost { Disk = HostDisk.Open(directory) }, cancellationToken);
            return new BenchNode(directory, node);
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    /// <summary>What its acknowledgements stand for, now.</summary>
    public DurabilityReading Durability() => new(
        _node.Health.WritesAreDirect ? "direct: every block written with O_DIRECT|O_DSYNC" : "fdatasync after every block",
        Interlocked.Read(ref _blocks),
        _device?.Flushes);

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _listener.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}

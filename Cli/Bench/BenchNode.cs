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
    private readonly LatencyHistogram? _deviceLatency;
    private readonly MeterListener _listener = new();
    private long _blocks;

    private BenchNode(string directory, LogNode node, LatencyHistogram? deviceLatency)
    {
        (_directory, _node, _device, _deviceLatency) = (directory, node, BlockDevice.Of(directory), deviceLatency);
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

    /// <summary>How long the delayed device took for a flush since the node was started, in nanoseconds; null for one that is not delayed.</summary>
    public LatencyHistogram? DeviceLatency => _deviceLatency;

    /// <summary>Starts a node in a directory below <paramref name="parent"/> that is deleted at the end.</summary>
    public static async Task<BenchNode> StartAsync(string parent, BenchNodeOptions node, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(parent);
        var directory = Path.Combine(parent, $"olog-bench-{Guid.NewGuid():n}");
        var options = new LogNodeOptions { Wal = new WalOptions { WriteDurable = node.Direct } };
        options.Wal.IoDepth = node.IoDepth ?? options.Wal.IoDepth;
        options.Wal.BlockBytes = node.BlockBytes ?? options.Wal.BlockBytes;

        Directory.CreateDirectory(directory);
        try
        {
            var disk = HostDisk.Open(directory);
            var latency = node.FlushDelay > TimeSpan.Zero ? new LatencyHistogram() : null;
            var host = new LogNodeHost { Disk = latency is null ? disk : new DelayedDisk(disk, node.FlushDelay, latency) };
            return new BenchNode(directory, await LogNode.StartAsync(options, host, cancellationToken), latency);
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

/// <summary>How a node of a run is set up.</summary>
/// <param name="Direct">O_DIRECT|O_DSYNC where the file system takes it, otherwise write and fdatasync.</param>
/// <param name="IoDepth">Block writes in flight, 1 to 16; null for the default.</param>
/// <param name="BlockBytes">Size at which a block is closed although no write may begin; null for the default.</param>
/// <param name="FlushDelay">Time that every flush takes beyond that of the disk; zero for none.</param>
internal sealed record BenchNodeOptions(bool Direct = true, int? IoDepth = null, int? BlockBytes = null, TimeSpan FlushDelay = default);

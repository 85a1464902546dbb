using System.Diagnostics.Metrics;

namespace Orleans.Log.Engine.Simulation;

/// <summary>
/// Meters for nodes that end without being disposed of, as in a crash. The runtime lists every meter until then, and keeps what its instruments look at: a node, its disk and its store, thousands of
/// times. These are disposed of at once; their instruments can be used, and nobody can listen to them.
/// </summary>
internal sealed class UnlistedMeters : IMeterFactory
{
    private UnlistedMeters()
    {
    }

    public static UnlistedMeters Instance { get; } = new();

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        meter.Dispose();
        return meter;
    }

    public void Dispose()
    {
        // There is nothing that is not disposed of.
    }
}

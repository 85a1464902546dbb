using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;

namespace Orleans.Log.Cli.Stores;

/// <summary>Shows a bar for each phase of a walk through a store. Reports come from any thread, one at a time.</summary>
internal sealed class StoreBar(CliProgress progress) : IProgress<StoreInspectionProgress>
{
    public void Report(StoreInspectionProgress value)
    {
        progress.Describe(value.Phase);
        progress.Set(value.Done, value.Total);
    }
}

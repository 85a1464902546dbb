using Orleans.Log.Cli.Terminal;
using Orleans.Log.Engine;

namespace Orleans.Log.Cli.Stores;

/// <summary>Shows a bar for each phase of a restore. Reports come from any thread, one at a time.</summary>
internal sealed class RestoreBar(CliProgress progress) : IProgress<RestoreProgress>
{
    public void Report(RestoreProgress value)
    {
        progress.Describe(value.Phase);
        progress.Set(value.Done, value.Total);
    }
}

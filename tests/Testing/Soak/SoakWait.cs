namespace Orleans.Log.Testing.Soak;

/// <summary>Waits for what a node tells only when it is asked.</summary>
public static class SoakWait
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    /// <summary>Ends when the condition holds; throws <see cref="TimeoutException"/> with what was waited for if it does not in time.</summary>
    public static async Task UntilAsync(Func<bool> holds, TimeSpan patience, TimeProvider time, Func<string> what)
    {
        using var turns = new PeriodicTimer(Between, time);
        for (var begun = time.GetTimestamp(); !holds(); await turns.WaitForNextTickAsync())
        {
            if (time.GetElapsedTime(begun) > patience)
                throw new TimeoutException($"Waited {patience} for {what()}");
        }
    }
}

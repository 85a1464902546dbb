using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Grains.Leading;

/// <summary>Hands the outcome of an append on to whoever waits for it under another task.</summary>
internal static class PendingResults
{
    /// <summary>The other task ends as this one does.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it was, the caller must learn it.")]
    [SuppressMessage("Usage", "VSTHRD100", Justification = "Nothing escapes.")]
    public static async void PassTo(this ValueTask<AppendResult> pending, TaskCompletionSource<AppendResult> outcome)
    {
        try
        {
            outcome.TrySetResult(await pending);
        }
        catch (Exception error)
        {
            outcome.TrySetException(error);
        }
    }
}

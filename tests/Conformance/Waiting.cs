using System.Runtime.CompilerServices;

namespace Orleans.Log.Conformance;

/// <summary>Waiting that says what did not come. The limit is no part of any expectation: it only ends a test that hangs.</summary>
public static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits for the task.</summary>
    public static async Task OrFail(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        try
        {
            await task.WaitAsync(Limit);
        }
        catch (TimeoutException e) when (!task.IsCompleted)
        {
            throw new ShouldAssertException($"Nothing came: {what}", e);
        }
    }

    /// <summary>Waits for the task's result.</summary>
    public static async Task<T> OrFail<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        await OrFail((Task)task, what);
        return await task;
    }

    /// <summary>Waits for the task to fail with this refusal.</summary>
    public static async Task<string> RefusalOrFail(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null) =>
        (await Should.ThrowAsync<AppendRefusedException>(() => task.OrFail(what))).Code;
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Replaces the root pages of a round, several at once. Only the calls to the store overlap: which page begins next and what is taken note of is decided by one flow, so a round
/// needs no locks, and pages begin in their order. Pure but for what it calls.
/// </summary>
internal static class PagePublication
{
    /// <summary>
    /// Pages under way at the same time. A round of many streams has all 64, and a store that is far away takes tens of milliseconds for each: one after the other, that is seconds in which the
    /// WAL gives nothing back. More would cost a store of files, which blocks a thread for each, more than it gains.
    /// </summary>
    public const int AtOnce = 8;

    /// <summary>
    /// Replaces each page and takes note of it. After a failure of either no other page begins, but those under way are waited for, and what they changed is taken note of as well: it is
    /// published. Then throws the first failure.
    /// </summary>
    /// <param name="pages">The pages, in the order in which they begin.</param>
    /// <param name="replace">Replaces a page in the store.</param>
    /// <param name="published">Takes note of a page that was replaced. Never called twice at once.</param>
    [SuppressMessage("Design", "CA1031", Justification = "It is thrown when nothing is under way any longer.")]
    public static async Task RunAsync<TPage>(IEnumerable<TPage> pages, Func<TPage, Task> replace, Action<TPage> published)
    {
        var waiting = new Queue<TPage>(pages);
        var underWay = new List<(Task Call, TPage Page)>(AtOnce);
        ExceptionDispatchInfo? failure = null;
        while (true)
        {
            // One that has ended may have failed, so it is looked at before another begins.
            while (failure is null && underWay.Count < AtOnce && !underWay.Exists(static item => item.Call.IsCompleted) && waiting.TryDequeue(out var page))
                underWay.Add((replace(page), page));

            if (underWay.Count == 0)
                break;

            await Task.WhenAny(underWay.Select(static item => item.Call));
            var ended = underWay.FindIndex(static item => item.Call.IsCompleted);
            var (call, done) = underWay[ended];
            underWay.RemoveAt(ended);
            try
            {
                await call;
                published(done);
            }
            catch (Exception error)
            {
                failure ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        failure?.Throw();
    }
}

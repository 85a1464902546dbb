using Microsoft.Extensions.Options;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Responses;
using Orleans.Log.Api.Endpoints.Routes;
using Orleans.Log.Testing;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>How much of the log is in memory for readers that have not taken it yet.</summary>
public sealed class PageBudgetTests
{
    private const int MiB = 1024 * 1024;

    private readonly ManualTimeProvider _time = new();
    private readonly PageBudget _budget = new(Options.Create(new OrleansLogEndpointOptions { ResponseBodyBytes = 16 * MiB }));

    [Fact]
    public void Pages_get_smaller_while_answers_fill_memory()
    {
        _budget.Fit(MiB).ShouldBe(MiB);
        long held = 0;

        _budget.Hold(ref held, 12 * MiB);
        _budget.Fit(MiB).ShouldBe(MiB / 2);
        _budget.Hold(ref held, 16 * MiB);
        _budget.Fit(MiB).ShouldBe(PageBudget.LeastBytes);

        _budget.Release(ref held);
        _budget.Fit(MiB).ShouldBe(MiB);
    }

    [Fact]
    public void Page_beyond_the_budget_is_rejected_without_effect()
    {
        long full = 0, more = 0;
        _budget.Hold(ref full, 16 * MiB);

        var rejection = Should.Throw<LogException>(() => _budget.Hold(ref more, 1));

        (rejection.Code, rejection.Facts.Reason, more, _budget.Held).ShouldBe((LogErrorCode.Overloaded, "response_bodies", 0, 16 * MiB));
    }

    [Fact]
    public void Follower_gets_large_events_only_after_it_took_much()
    {
        var pace = new FollowPace(_budget, _time);
        pace.MaxBytes.ShouldBe(PageBudget.LeastBytes);

        // What the kernels of both sides may hold for a reader that never reads.
        Take(pace, 200 * 1024, TimeSpan.Zero);
        pace.MaxBytes.ShouldBeLessThan(16 * 1024);

        Take(pace, 8 * MiB, TimeSpan.Zero);
        pace.MaxBytes.ShouldBe(EventWriter.BatchBytes);
    }

    [Fact]
    public void Follower_that_becomes_slow_gets_small_events_again()
    {
        var pace = new FollowPace(_budget, _time);
        Take(pace, 8 * MiB, TimeSpan.Zero);

        Take(pace, 256 * 1024, TimeSpan.FromSeconds(1));

        pace.MaxBytes.ShouldBe(PageBudget.LeastBytes);
    }

    private void Take(FollowPace pace, int bytes, TimeSpan time)
    {
        pace.Begin();
        _time.Advance(time);
        pace.End(bytes);
    }
}

using System.Diagnostics.Metrics;

namespace Orleans.Log.Api.Endpoints.Tests;

public sealed class MeterTests
{
    [Fact]
    public async Task Problems_are_counted_by_code_and_followers_while_they_follow()
    {
        await using var server = await LogServer.StartAsync();
        await server.CreateAsync("orders");
        var problems = new List<string>();
        long followers = 0;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, server.Meters) && instrument.Name.StartsWith("orleans_log.http.", StringComparison.Ordinal))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "orleans_log.http.problems")
                problems.Add(string.Join(' ', tags.ToArray().Select(tag => tag.Value)));
            else if (Interlocked.Add(ref followers, value) == 0)
                gone.SetResult();
        });
        listener.Start();

        (await server.GetAsync("/v1/streams/none")).Status.ShouldBe(404);
        (await server.GetAsync("/nowhere")).Status.ShouldBe(404);
        problems.ShouldBe(["stream_not_found 404", "bad_request 404"]);

        await using (var events = await EventReader.OpenAsync(server, "/v1/streams/orders/records"))
        {
            await events.NextAsync();
            Interlocked.Read(ref followers).ShouldBe(1);
        }

        // A follower that went away without a word leaves nothing behind.
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Sessions_are_counted_while_they_are_open_and_their_refusals_as_problems()
    {
        await using var server = await LogServer.StartAsync();
        await server.CreateAsync("orders");
        var problems = new List<string>();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long sessions = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, server.Meters) && instrument.Name is ("orleans_log.http.sessions" or "orleans_log.http.problems"))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "orleans_log.http.problems")
                problems.Add(string.Join(' ', tags.ToArray().Select(tag => tag.Value)));
            else if (Interlocked.Add(ref sessions, value) == 0)
                gone.SetResult();
        });
        listener.Start();

        var session = await RawSession.OpenAsync(server, "/v1/streams/orders/session");
        Interlocked.Read(ref sessions).ShouldBe(1);
        await session.SendAsync(RawSession.Append(null, 7, "a"));
        (await session.NextAsync())!.Text.ShouldBe("0: append_condition_failed");
        problems.ShouldBe(["append_condition_failed 412"]);
        session.Break();

        await gone.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}

using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>Spans of requests. The only tests of this assembly that listen, so that the one about not listening can rely on it.</summary>
public sealed class SpanTests
{
    [Fact]
    public async Task Every_operation_has_a_span_of_few_names_that_says_what_it_was()
    {
        await using var server = await LogServer.StartAsync();
        using var spans = new Spans("spanned");

        await server.CreateAsync("spanned");
        await server.PostAsync("/v1/streams/spanned/records", Body.Text("a"));
        await server.GetAsync("/v1/streams/spanned/records");
        await server.GetAsync("/v1/streams/spanned/tail");
        await server.PostAsync("/v1/streams/spanned/trim", Body.Json("""{"before":1}"""));
        await server.PostAsync("/v1/streams/spanned/seal", Body.Json("{}"));

        var made = await spans.TakeAsync(6);
        made.Select(span => span.DisplayName).ShouldBe(
        [
            "ensure /v1/streams/{stream}",
            "append /v1/streams/{stream}/records",
            "read /v1/streams/{stream}/records",
            "check_tail /v1/streams/{stream}/tail",
            "trim /v1/streams/{stream}/trim",
            "seal /v1/streams/{stream}/seal",
        ]);
        made.ShouldAllBe(span => Tag(span, "messaging.system") == "orleans_log" && span.Status == ActivityStatusCode.Unset && Tag(span, "error.type") == null);
        made.Select(span => Tag(span, "messaging.operation.name")).ShouldBe(["ensure", "append", "read", "check_tail", "trim", "seal"]);
        made.Select(span => Tag(span, "messaging.operation.type")).ShouldBe([null, "send", "receive", null, null, null]);
        Tag(made[1], "messaging.destination.template").ShouldBe("/v1/streams/{stream}/records");
    }

    [Fact]
    public async Task A_follower_is_told_apart_from_a_reader()
    {
        await using var server = await LogServer.StartAsync();
        await server.CreateAsync("followed");
        await server.PostAsync("/v1/streams/followed/seal", Body.Json("{}"));
        using var spans = new Spans("followed");

        await using (var events = await EventReader.OpenAsync(server, "/v1/streams/followed/records"))
            await events.NextAsync();

        var span = (await spans.TakeAsync(1)).Single();
        (span.DisplayName, Tag(span, "messaging.operation.name"), Tag(span, "messaging.operation.type"))
            .ShouldBe(("follow /v1/streams/{stream}/records", "follow", "receive"));
    }

    [Fact]
    public async Task A_failure_is_named_by_its_code_whether_it_is_the_answer_or_its_last_line()
    {
        await using var server = await LogServer.StartAsync();
        await server.CreateAsync("failing");
        using var spans = new Spans("failing");

        (await server.PostAsync("/v1/streams/failing/records", Body.Text("a"), ("If-Match", "\"7\""))).Status.ShouldBe(412);
        (await server.PostAsync("/v1/streams/failing/records", Body.Json("{"))).Status.ShouldBe(400);
        await server.PostAsync("/v1/streams/failing/records", Body.Lines("{\"text\":\"a\"}\n{\"text\":1}\n"));

        var made = await spans.TakeAsync(3);
        made.Select(span => Tag(span, "error.type")).ShouldBe(["append_condition_failed", "bad_request", "bad_record"]);
        made.ShouldAllBe(span => span.Status == ActivityStatusCode.Error);
    }

    [Fact]
    public void While_nobody_listens_a_span_costs_no_allocation()
    {
        var handled = EndpointSpans.Around(static _ => Task.CompletedTask, new SpanOperation("append", "/x", "send"));
        var context = new DefaultHttpContext();
        handled(context).IsCompleted.ShouldBeTrue();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            _ = handled(context);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static string? Tag(Activity span, string name) => span.GetTagItem(name) as string;

    /// <summary>The spans of one stream, as they end. No other test may use its name: other servers of this process are heard too.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly List<Activity> _made = [];
        private readonly ActivityListener _listener;
        private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Spans(string stream)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == EndpointSpans.SourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity => Add(activity, stream),
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public void Dispose() => _listener.Dispose();

        /// <summary>So many of them, in the order in which they ended; a span ends a moment after its answer.</summary>
        public async Task<IReadOnlyList<Activity>> TakeAsync(int count)
        {
            while (true)
            {
                Task more;
                lock (_gate)
                {
                    if (_made.Count >= count)
                        return [.. _made.OrderBy(span => span.StartTimeUtc)];

                    more = _more.Task;
                }

                await more.WaitAsync(TimeSpan.FromSeconds(20));
            }
        }

        private void Add(Activity activity, string stream)
        {
            if (activity.GetTagItem("messaging.destination.name") as string != stream)
                return;

            lock (_gate)
            {
                _made.Add(activity);
                _more.SetResult();
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}

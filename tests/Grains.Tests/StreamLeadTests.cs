using System.Collections.Concurrent;
using System.Text;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Grains.Homes;
using Orleans.Log.Grains.Leading;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Grains.Tests;

/// <summary>What an activation does with its stream goes one after the other, and attempts of one request count as one.</summary>
public sealed class StreamLeadTests : IAsyncLifetime
{
    private static readonly StreamName Name = StreamName.Parse("s");
    private readonly FaultyBlobStore _blobs = new(new MemoryBlobStore(), TimeProvider.System);
    private TestLog _log = null!;
    private int _ended;

    public async Task InitializeAsync() => _log = await TestLog.StartAsync(blobs: _blobs);

    public async Task DisposeAsync() => await _log.DisposeAsync();

    [Fact]
    public async Task Whoever_comes_while_the_stream_is_made_waits_until_it_is_there()
    {
        var lead = NewLead();
        var store = new HeldCall(_blobs, BlobCall.Replace);

        var making = lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default);
        await store.Reached;
        var taking = lead.TakeAsync();
        store.Release();

        var made = await making;
        made.Created.ShouldBeTrue();
        (await taking)!.Leader.Id.ShouldBe(made.Stream.Id);
        store.Meanwhile.ShouldBeEmpty();
        (await HomeAsync())!.Home.Stage.ShouldBe(StreamStage.Ready);
    }

    [Fact]
    public async Task Whoever_comes_while_the_stream_is_deleted_waits_until_it_is_gone()
    {
        var lead = NewLead();
        await lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default);
        await lead.TakeAsync();
        var store = new HeldCall(_blobs, BlobCall.DeleteIfMatch);

        var deleting = lead.DeleteAsync(default);
        await store.Reached;
        var taking = lead.TakeAsync();
        var making = lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default);
        store.Release();

        (await deleting).ShouldBeTrue();
        (await taking).ShouldBeNull();
        (await making).Created.ShouldBeTrue();
        store.Meanwhile.ShouldBeEmpty();
        _ended.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_stream_that_was_asked_for_in_vain_is_led_once_it_is_made()
    {
        var lead = NewLead();
        (await lead.TakeAsync()).ShouldBeNull();

        var made = await lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default);

        (await lead.TakeAsync())!.Leader.Id.ShouldBe(made.Stream.Id);
    }

    [Fact]
    public async Task A_request_without_an_identity_is_a_wish_of_its_own_each_time()
    {
        await NewLead().EnsureAsync(Guid.Empty, new StreamConfigPatch(), EnsureCondition.None, default);

        (await NewLead().EnsureAsync(Guid.Empty, new StreamConfigPatch(), EnsureCondition.None, default)).Created.ShouldBeFalse();
    }

    [Fact]
    public async Task A_request_that_is_made_again_is_told_that_it_made_the_stream()
    {
        var request = Guid.NewGuid();
        var first = await NewLead().EnsureAsync(request, new StreamConfigPatch(), new EnsureCondition(MustBeNew: true), default);

        // The answer was lost, and the next attempt came to another activation.
        var lead = NewLead();
        var again = await lead.EnsureAsync(request, new StreamConfigPatch(), new EnsureCondition(MustBeNew: true), default);

        (first.Created, again.Created).ShouldBe((true, true));
        again.Stream.Id.ShouldBe(first.Stream.Id);
        (await lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default)).Created.ShouldBeFalse();
        (await Should.ThrowAsync<LogException>(() => lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), new EnsureCondition(MustBeNew: true), default)))
            .Code.ShouldBe(LogErrorCode.StreamExists);
    }

    [Fact]
    public async Task Of_two_activations_at_once_the_newer_is_acknowledged_and_the_older_never_again()
    {
        var (older, newer) = (NewLead(), NewLead());
        await older.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default);
        var first = (await older.TakeAsync())!.Leader;
        (await AppendAsync(first, "older")).Start.ShouldBe(0);

        // Appends of the older one are under way while the newer one takes its term.
        var underWay = Enumerable.Range(0, 50).Select(_ => AppendAsync(first, "older").AsTask()).ToList();
        var second = (await newer.TakeAsync())!.Leader;
        var start = (await AppendAsync(second, "newer")).Start;

        foreach (var append in underWay)
        {
            if (await Task.WhenAny(append) is { IsCompletedSuccessfully: true } acknowledged)
                (await acknowledged).Start.ShouldBeLessThan(start, "what the old term was acknowledged for stands before the new one's first");
            else
                (await Should.ThrowAsync<LogException>(() => append)).Code.ShouldBe(LogErrorCode.Fenced);
        }

        (await Should.ThrowAsync<LogException>(async () => await AppendAsync(first, "late"))).Code.ShouldBe(LogErrorCode.Fenced);
        (await HomeAsync())!.Home.Term.ShouldBe(second.Term!.Value);
        (await AppendAsync(second, "newer")).Start.ShouldBe(start + 1);
    }

    [Fact]
    public async Task A_stream_that_was_deleted_past_its_leader_is_not_made_by_giving_it_a_configuration()
    {
        var lead = NewLead();
        await lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default);
        await lead.TakeAsync();
        await NewLead().DeleteAsync(default);

        (await Should.ThrowAsync<LogException>(() => lead.EnsureAsync(Guid.NewGuid(), new StreamConfigPatch(), EnsureCondition.None, default)))
            .Code.ShouldBe(LogErrorCode.StreamNotFound);
        (await _log.NodeOf(0).Node.ListAsync(string.Empty, string.Empty, 10, default)).Streams.ShouldBeEmpty();
    }

    private StreamLead NewLead() => new(_log.Of<StreamTenure>(0), _log.NodeOf(0), () => _ended++) { Name = Name };

    private static ValueTask<AppendResult> AppendAsync(ILogStreamLeader leader, string text) => leader.AppendAsync(new RecordBatch(Encoding.UTF8.GetBytes(text)), default, default);

    private Task<FoundHome?> HomeAsync() => _log.Of<StreamDirectory>(0).FindAsync(Name);

    /// <summary>Holds the next call of a kind for the stream's home, and notes which others come before it is let go.</summary>
    private sealed class HeldCall
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldCall(FaultyBlobStore store, BlobCall held) =>
            store.BeforeCall = (call, name) =>
            {
                if (!name.Contains("/streams/", StringComparison.Ordinal) || _release.Task.IsCompleted)
                    return Task.CompletedTask;

                if (_reached.Task.IsCompleted)
                    Meanwhile.Add(call);
                else if (call == held)
                    _reached.SetResult();
                else
                    return Task.CompletedTask;

                return _release.Task;
            };

        public Task Reached => _reached.Task;

        public ConcurrentBag<BlobCall> Meanwhile { get; } = [];

        public void Release() => _release.SetResult();
    }
}

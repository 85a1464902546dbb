using System.Buffers;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Testing.Tests.Blobs;

/// <summary>The store that fails on request fails as requested, and otherwise not at all.</summary>
public sealed class FaultyBlobStoreTests
{
    private static readonly BlobName Name = new("roots/00");
    private static readonly ReadOnlySequence<byte> Content = new([1, 2, 3, 4, 5, 6, 7, 8]);

    private readonly MemoryBlobStore _inner = new();
    private readonly ManualTimeProvider _time = new();
    private readonly FaultyBlobStore _store;

    public FaultyBlobStoreTests() => _store = new FaultyBlobStore(_inner, _time);

    [Theory]
    [InlineData(BlobFault.Throttled, BlobStoreErrorKind.Throttled, false, false)]
    [InlineData(BlobFault.Unavailable, BlobStoreErrorKind.Unavailable, true, false)]
    [InlineData(BlobFault.UnavailableAfterwards, BlobStoreErrorKind.Unavailable, true, true)]
    [InlineData(BlobFault.Refused, BlobStoreErrorKind.Refused, false, false)]
    [InlineData(BlobFault.Exists, BlobStoreErrorKind.Exists, false, false)]
    [InlineData(BlobFault.ExistsAfterwards, BlobStoreErrorKind.Exists, false, true)]
    public async Task A_put_fails_before_or_after_its_effect(BlobFault fault, BlobStoreErrorKind kind, bool unknown, bool there)
    {
        _store.Faults.Plan(BlobCall.Put, fault);
        var error = await ThrownByAsync(() => _store.PutIfAbsentAsync(Name, Content));

        (error.Kind, error.OutcomeUnknown).ShouldBe((kind, unknown));
        error.RetryAfter.ShouldBe(fault == BlobFault.Throttled ? TimeSpan.FromSeconds(2) : null);
        (await _inner.HeadAsync(Name) is not null).ShouldBe(there);
        _store.Faults.Happened.ShouldBe(1);
    }

    [Theory]
    [InlineData(BlobFault.ConditionFailed, false)]
    [InlineData(BlobFault.ConditionFailedAfterwards, true)]
    public async Task A_replacement_is_told_of_another_version_before_or_after_its_effect(BlobFault fault, bool replaced)
    {
        var version = await _store.PutIfAbsentAsync(Name, Content);
        _store.Faults.Plan(BlobCall.Replace, fault);

        (await ThrownByAsync(() => _store.ReplaceIfMatchAsync(Name, Content, version))).Kind.ShouldBe(BlobStoreErrorKind.ConditionFailed);
        ((await _inner.HeadAsync(Name))!.Value.Version != version).ShouldBe(replaced);
    }

    [Fact]
    public async Task What_is_spoiled_on_the_way_there_stays_spoiled()
    {
        _store.Faults.Plan(BlobCall.Put, BlobFault.TruncatedUpload, k: 1);
        _store.Faults.Plan(BlobCall.Put, BlobFault.FlippedUpload, k: 2);
        await _store.PutIfAbsentAsync(Name, Content);
        await _store.PutIfAbsentAsync(new BlobName("b"), Content);

        (await _inner.HeadAsync(Name))!.Value.Length.ShouldBeLessThan(8);
        var bytes = new byte[8];
        await _inner.ReadAsync(new BlobName("b"), 0, bytes);
        BitsBetween(bytes, Content.ToArray()).ShouldBe(1);
        Content.ToArray().ShouldBe([1, 2, 3, 4, 5, 6, 7, 8], "the caller's own bytes are well");
    }

    [Fact]
    public async Task What_is_spoiled_on_the_way_back_is_well_the_next_time()
    {
        await _store.PutIfAbsentAsync(Name, Content);
        _store.Faults.Plan(BlobCall.Read, BlobFault.FlippedDownload, k: 1);
        _store.Faults.Plan(BlobCall.Read, BlobFault.TruncatedDownload, k: 2);
        var bytes = new byte[8];

        (await _store.ReadAsync(Name, 0, bytes)).Count.ShouldBe(8);
        BitsBetween(bytes, Content.ToArray()).ShouldBe(1);
        (await _store.ReadAsync(Name, 0, bytes)).Count.ShouldBeLessThan(8);
        (await _store.ReadAsync(Name, 0, bytes)).Count.ShouldBe(8);
        bytes.ShouldBe(Content.ToArray());
    }

    [Fact]
    public async Task Only_the_kth_call_of_the_kind_and_name_fails()
    {
        _store.Faults.Plan(BlobCall.Delete, BlobFault.Unavailable, k: 2, nameContains: "roots/");
        await _store.DeleteAsync(Name);
        await _store.DeleteAsync(new BlobName("b"));
        await ThrownByAsync(() => _store.DeleteAsync(Name));
        await _store.DeleteAsync(Name);

        _store.Faults.PlanAlways(BlobCall.List, BlobFault.Refused);
        await ThrownByAsync(() => _store.ListAsync(""));
        await ThrownByAsync(() => _store.ListAsync("a"));
        _store.Faults.Clear();
        await _store.ListAsync("");
    }

    [Fact]
    public async Task A_store_that_is_down_comes_back_by_itself_and_one_that_is_slow_answers_in_the_end()
    {
        _store.GoDown(TimeSpan.FromMinutes(5));
        (await ThrownByAsync(() => _store.PutIfAbsentAsync(Name, Content))).Retryable.ShouldBeTrue();
        _time.Advance(TimeSpan.FromMinutes(5));
        await _store.PutIfAbsentAsync(Name, Content);

        _store.Delay = TimeSpan.FromSeconds(3);
        var slow = _store.HeadAsync(Name).AsTask();
        slow.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(3));
        (await slow).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_caller_can_be_held_back_while_others_go_on()
    {
        var release = new TaskCompletionSource();
        _store.BeforeCall = (call, name) => call == BlobCall.Put && name == Name.Value ? release.Task : Task.CompletedTask;
        var held = _store.PutIfAbsentAsync(Name, Content).AsTask();
        await _store.PutIfAbsentAsync(new BlobName("b"), Content);
        held.IsCompleted.ShouldBeFalse();

        release.SetResult();
        await held;
        _store.Calls.ShouldBe(2);
    }

    [Fact]
    public async Task Equal_seeds_fail_alike_and_only_with_what_fits_the_call()
    {
        (await FateAsync(7)).ShouldBe(await FateAsync(7));
        (await FateAsync(8)).ShouldNotBe(await FateAsync(7));
        Should.Throw<ArgumentException>(() => _store.Faults.Plan(BlobCall.Head, BlobFault.FlippedUpload));
    }

    private async Task<string> FateAsync(int seed)
    {
        var store = new FaultyBlobStore(new MemoryBlobStore(), _time, seed);
        store.Faults.PlanRandomly(0.3);
        var fate = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await store.PutIfAbsentAsync(new BlobName($"{i}"), Content);
                await store.HeadAsync(new BlobName($"{i}"));
                fate.Add("well");
            }
            catch (BlobStoreException error)
            {
                fate.Add(error.Message);
            }
        }

        return string.Join(' ', fate);
    }

    private static int BitsBetween(byte[] one, byte[] other) => one.Zip(other).Sum(pair => int.PopCount(pair.First ^ pair.Second));

    private static Task<BlobStoreException> ThrownByAsync<T>(Func<ValueTask<T>> call) => Should.ThrowAsync<BlobStoreException>(async () => await call());
}

/// <summary>Without faults it is a store like any other.</summary>
public sealed class FaultyBlobStoreFactory : IBlobStoreFactory
{
    private readonly FaultyBlobStore _store = new(new MemoryBlobStore(), TimeProvider.System);

    public Task<IBlobStore> StartAsync() => Task.FromResult<IBlobStore>(_store);

    public Task<IBlobStore> OpenAgainAsync() => Task.FromResult<IBlobStore>(_store);

    public Task StopAsync() => Task.CompletedTask;
}

public sealed class FaultyBlobWriteConformance : BlobWriteConformance<FaultyBlobStoreFactory>;

public sealed class FaultyBlobReadConformance : BlobReadConformance<FaultyBlobStoreFactory>;

public sealed class FaultyBlobListConformance : BlobListConformance<FaultyBlobStoreFactory>;

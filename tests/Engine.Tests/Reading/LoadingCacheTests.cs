using Orleans.Log.Engine.Reading;

namespace Orleans.Log.Engine.Tests.Reading;

public sealed class LoadingCacheTests
{
    private readonly LoadingCache<int, Value> _cache = new(capacity: 10);

    [Fact]
    public async Task What_is_used_stays_and_what_is_not_goes()
    {
        for (var key = 0; key < 10; key++)
            await UseAsync(key);

        await UseAsync(0);
        await UseAsync(10);
        _cache.Knows(0).ShouldBeTrue();
        _cache.Knows(1).ShouldBeFalse();
        _cache.Weight.ShouldBe(10);
    }

    [Fact]
    public async Task What_is_held_lives_on_until_the_last_one_lets_it_go()
    {
        var value = await GetAsync(1);
        _cache.Remove(1);
        value.IsFree.ShouldBeFalse();
        value.Release();
        value.IsFree.ShouldBeTrue();
    }

    [Fact]
    public async Task A_failure_is_everybodys_and_is_not_kept()
    {
        var gate = new TaskCompletionSource();
        var waiting = Enumerable.Range(0, 3).Select(_ => _cache.GetAsync(1, gate.Task, async wait =>
        {
            await wait;
            throw new InvalidDataException("bad");
        }, default).AsTask()).ToArray();
        gate.SetResult();
        foreach (var one in waiting)
            await Should.ThrowAsync<InvalidDataException>(one);

        (await GetAsync(1)).Release();
    }

    [Fact]
    public async Task What_is_not_worth_keeping_is_given_to_those_who_wait_and_goes()
    {
        var value = await _cache.GetAsync(1, 0, static _ => Task.FromResult(new Value { Keep = false }), default);
        _cache.Knows(1).ShouldBeFalse();
        value.IsFree.ShouldBeFalse();
        value.Release();
        value.IsFree.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_larger_than_the_cache_is_not_kept()
    {
        var value = await _cache.GetAsync(1, 0, static _ => Task.FromResult(new Value { Size = 11 }), default);
        (_cache.Weight, value.IsFree).ShouldBe((0, false));
        value.Release();
        value.IsFree.ShouldBeTrue();
    }

    [Fact]
    public async Task Among_many_threads_nothing_is_freed_while_it_is_held_and_nothing_stays_behind()
    {
        var made = new System.Collections.Concurrent.ConcurrentBag<Value>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (seed, _) =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 5_000; i++)
            {
                var key = random.Next(30);
                using var impatient = new CancellationTokenSource();
                var getting = _cache.GetAsync(key, made, Load, impatient.Token);
                if (random.Next(4) == 0)
                    await impatient.CancelAsync();

                try
                {
                    var value = await getting;
                    value.IsFree.ShouldBeFalse();
                    if (random.Next(3) == 0)
                        await Task.Yield();

                    value.IsFree.ShouldBeFalse();
                    value.Release();
                }
                catch (OperationCanceledException)
                {
                    // It gave up.
                }

                if (random.Next(20) == 0)
                    _cache.Remove(key);
            }
        });

        // Loads that nobody waited for may still be under way.
        for (var key = 0; key < 30; key++)
        {
            (await GetAsync(key)).Release();
            _cache.Remove(key);
        }

        made.ShouldAllBe(value => value.IsFree);

        static async Task<Value> Load(System.Collections.Concurrent.ConcurrentBag<Value> made)
        {
            await Task.Yield();
            var value = new Value();
            made.Add(value);
            return value;
        }
    }

    private async Task UseAsync(int key) => (await GetAsync(key)).Release();

    private ValueTask<Value> GetAsync(int key) => _cache.GetAsync(key, 0, static _ => Task.FromResult(new Value()), default);

    private sealed class Value : Cached
    {
        private int _freed;

        public bool Keep { get; init; } = true;

        public int Size { get; init; } = 1;

        public bool IsFree => Volatile.Read(ref _freed) == 1;

        public override long Weight => Size;

        public override bool IsKept => Keep;

        protected override void Free() => Interlocked.Increment(ref _freed).ShouldBe(1);
    }
}

using System.Buffers;
using System.Numerics;
using System.Text;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>
/// A store as one process sees it: it fails in every way that a store fails, loses answers, damages what is written and read, answers late, and is gone once its process is dead. What is
/// not late is complete when it returns.
/// </summary>
internal sealed class DrivenStore(StoreWorld world, Random random) : IBlobStore
{
    private readonly List<Action<bool>> _late = [];
    private readonly HashSet<string> _misread = [];

    /// <summary>One call in so many fails; 0 for none.</summary>
    public int Faults { get; set; }

    /// <summary>One segment or pack in so many is stored otherwise than it was sent, and one reading in so many gives something else than is there; 0 for none.</summary>
    public int Damages { get; set; }

    /// <summary>One call in so many is answered when <see cref="Answer"/> says so; 0 for none.</summary>
    public int Delays { get; set; }

    /// <summary>Nothing can be reached.</summary>
    public bool Away { get; set; }

    /// <summary>The next reading of a pack fails, whatever else is set.</summary>
    public bool FailsNextPack { get; set; }

    /// <summary>Calls until the process dies in one of them; 0: it does not.</summary>
    public int DiesIn { get; set; }

    /// <summary>The process does not die in a call just now.</summary>
    public bool IsSpared { get; set; }

    /// <summary>The process is dead: nothing of what it does has an effect any more, but what is under way may still arrive.</summary>
    public bool Dead { get; private set; }

    /// <summary>Called at the death.</summary>
    public Action? OnDeath { get; set; }

    public void Die()
    {
        if (Dead)
            return;

        Dead = true;
        foreach (var late in _late)
        {
            // The store has it already, or never gets it, or gets it when the next process is long at work.
            switch (random.Next(4))
            {
                case 0:
                    late(false);
                    break;
                case > 1:
                    world.UnderWay.Add(() => late(false));
                    break;
            }
        }

        _late.Clear();
        OnDeath?.Invoke();
    }

    /// <summary>One of the calls that are late is answered. Says whether there was one.</summary>
    public bool Answer()
    {
        if (_late.Count == 0)
            return false;

        var index = random.Next(_late.Count);
        var late = _late[index];
        _late.RemoveAt(index);
        late(true);
        return true;
    }

    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default)
    {
        var bytes = Spoiled(name, content.ToArray());
        return Do(name.Value, BlobStoreErrorKind.Exists, bytes, () => world.Blobs.PutIfAbsentAsync(name, new ReadOnlySequence<byte>(bytes), CancellationToken.None));
    }

    public ValueTask<BlobVersion> ReplaceIfMatchAsync(BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        var bytes = content.ToArray();
        return Do(name.Value, BlobStoreErrorKind.ConditionFailed, bytes, () => world.Blobs.ReplaceIfMatchAsync(name, new ReadOnlySequence<byte>(bytes), expected, CancellationToken.None));
    }

    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default) =>
        Do(name.Value, null, [], () => world.Blobs.HeadAsync(name, CancellationToken.None));

    public ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        Do(name.Value, null, [], () =>
        {
            if (FailsNextPack && name.Value.StartsWith("snapshots/", StringComparison.Ordinal))
            {
                FailsNextPack = false;
                return ValueTask.FromException<BlobRange>(Unavailable(unknown: false));
            }

            return Misread(name, destination, world.Blobs.ReadAsync(name, offset, destination, CancellationToken.None));
        });

    public ValueTask<BlobPage> ListAsync(string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default) =>
        Do(prefix, null, [], () => world.Blobs.ListAsync(prefix, continuation, Math.Min(limit, 7), CancellationToken.None));

    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default) =>
        Do(name.Value, BlobStoreErrorKind.NotFound, [], () => world.Blobs.DeleteAsync(name, CancellationToken.None));

    public ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default) => throw new NotSupportedException("A node never deletes so.");

    private static BlobStoreException Unavailable(bool unknown) => new(BlobStoreErrorKind.Unavailable, "The store is away.", unknown);

    /// <param name="name">Of what.</param>
    /// <param name="refusal">What a second attempt of it is refused with; null for a call that does not write.</param>
    /// <param name="content">What is written.</param>
    /// <param name="call">The call.</param>
    private ValueTask<T> Do<T>(string name, BlobStoreErrorKind? refusal, byte[] content, Func<ValueTask<T>> call)
    {
        var writes = refusal is not null;
        if (Dead)
            throw Unavailable(unknown: writes);

        world.Trace(name, content);
        if (DiesIn > 0 && !IsSpared && --DiesIn == 0)
        {
            if (writes && random.Next(2) == 0)
                Happen(call);

            Die();
            throw Unavailable(unknown: writes);
        }

        if (Away)
        {
            world.Count(StoreFault.Away);
            throw Unavailable(unknown: false);
        }

        if (Faults > 0 && random.Next(Faults) == 0)
            throw Fault(refusal, call);

        return Delays > 0 && random.Next(Delays) == 0 ? Late(writes, call) : call();
    }

    private BlobStoreException Fault<T>(BlobStoreErrorKind? refusal, Func<ValueTask<T>> call)
    {
        var fault = refusal is null ? (StoreFault)random.Next(2) : (StoreFault)random.Next(5);
        world.Count(fault);
        if (fault is StoreFault.AnswerLost or StoreFault.RefusedAfterAll)
            Happen(call);

        return fault switch
        {
            StoreFault.Throttled => new BlobStoreException(BlobStoreErrorKind.Throttled, "Too many calls.", retryAfter: TimeSpan.FromSeconds(1)),
            StoreFault.Failed => Unavailable(unknown: false),
            StoreFault.RefusedAfterAll when refusal != BlobStoreErrorKind.NotFound => new BlobStoreException(refusal!.Value, "It was there already."),
            _ => Unavailable(unknown: true),
        };
    }

    private ValueTask<T> Late<T>(bool writes, Func<ValueTask<T>> call)
    {
        world.Count(StoreFault.Slow);
        world.SlowAtOnce = Math.Max(world.SlowAtOnce, _late.Count + 1);
        var answer = new TaskCompletionSource<T>();
        _late.Add(alive =>
        {
            if (!alive)
            {
                if (writes)
                    Happen(call);
            }
            else if (call().AsTask() is var done && done.IsCompletedSuccessfully)
            {
                answer.SetResult(done.Result);
            }
            else
            {
                answer.SetException(done.Exception!.GetBaseException());
            }
        });
        return new ValueTask<T>(answer.Task);
    }

    private static void Happen<T>(Func<ValueTask<T>> call) => _ = call().AsTask().Exception;

    private byte[] Spoiled(BlobName name, byte[] content)
    {
        if (Damages == 0 || Dead || random.Next(Damages) != 0 || !(name.Value.StartsWith("segments/", StringComparison.Ordinal) || name.Value.StartsWith("snapshots/", StringComparison.Ordinal)))
            return content;

        if (random.Next(2) == 0)
        {
            world.Count(StoreFault.TruncatedUpload);
            return content[..random.Next(content.Length)];
        }

        world.Count(StoreFault.FlippedUpload);
        content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
        return content;
    }

    /// <summary>Never the same blob twice in a row: what is wrong at a second reading as well is taken for damage in the store, and is one.</summary>
    private ValueTask<BlobRange> Misread(BlobName name, Memory<byte> destination, ValueTask<BlobRange> read)
    {
        if (_misread.Remove(name.Value) || Damages == 0 || !read.IsCompletedSuccessfully || read.Result.Count == 0 || random.Next(Damages * 4) != 0)
            return read;

        _misread.Add(name.Value);
        var range = read.Result;
        if (random.Next(2) == 0)
        {
            world.Count(StoreFault.TruncatedDownload);
            return new ValueTask<BlobRange>(range with { Count = random.Next(range.Count) });
        }

        world.Count(StoreFault.FlippedDownload);
        destination.Span[random.Next(range.Count)] ^= (byte)(1 << random.Next(8));
        return new ValueTask<BlobRange>(range);
    }
}

/// <summary>The store itself, what is still on its way to it from processes that are dead, and what has happened to it.</summary>
internal sealed class StoreWorld
{
    private readonly int[] _faults = new int[Enum.GetValues<StoreFault>().Length];

    public MemoryBlobStore Blobs { get; } = new();

    /// <summary>Writes of dead processes that have not arrived yet.</summary>
    public List<Action> UnderWay { get; } = [];

    /// <summary>Writes of the dead that have arrived.</summary>
    public int Arrived { get; private set; }

    /// <summary>The most calls that were late at the same time.</summary>
    public int SlowAtOnce { get; set; }

    /// <summary>How often each fault was met, by its number.</summary>
    public IReadOnlyList<int> Faults => _faults;

    /// <summary>Fingerprint of every call so far, with what it wrote.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    public void Count(StoreFault fault) => _faults[(int)fault]++;

    /// <summary>One of the writes of the dead arrives.</summary>
    public void Arrive(Random random)
    {
        if (UnderWay.Count == 0)
            return;

        var index = random.Next(UnderWay.Count);
        var write = UnderWay[index];
        UnderWay.RemoveAt(index);
        write();
        Arrived++;
    }

    public void Trace(string name, byte[] content)
    {
        foreach (var character in Encoding.ASCII.GetBytes(name))
            Trace(character);

        uint crc = 0;
        foreach (var one in content)
            crc = BitOperations.Crc32C(crc, one);

        Trace(crc);
    }

    public void Trace(ulong value) => TraceHash = (TraceHash ^ value) * 1099511628211;
}

using System.Buffers;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>
/// A store as one process sees it: it fails in every way that a store fails, loses answers, damages what is written and read, and is gone once its process is dead. Everything is complete when
/// it returns, but for replacements of root pages that are held.
/// </summary>
internal sealed class DrivenStore(IBlobStore inner, Random random) : IBlobStore
{
    private readonly List<(Action Happen, Action Land)> _underWay = [];

    /// <summary>One call in so many fails; 0 for none.</summary>
    public int Faults { get; set; }

    /// <summary>One segment or pack in so many is stored otherwise than it was sent; 0 for none.</summary>
    public int Damages { get; set; }

    /// <summary>The next reading of a pack fails, whatever else is set.</summary>
    public bool FailsNextPack { get; set; }

    /// <summary>Calls until the process dies in one of them; 0: it does not.</summary>
    public int DiesIn { get; set; }

    /// <summary>Replacements of root pages stay under way until <see cref="Land"/>, so that those of a round overlap.</summary>
    public bool Holds { get; set; }

    /// <summary>Replacements that were under way at the death and may still happen, at any time. Nobody of this process learns of it.</summary>
    public List<Action> Late { get; } = [];

    /// <summary>The most replacements that were under way at the same time.</summary>
    public int MostUnderWay { get; private set; }

    /// <summary>The process is dead: nothing of what it does has an effect any more.</summary>
    public bool Dead { get; private set; }

    /// <summary>Called at the death.</summary>
    public Action? OnDeath { get; set; }

    public int Calls { get; private set; }

    public void Die()
    {
        if (Dead)
            return;

        Dead = true;
        OnDeath?.Invoke();
        foreach (var (happen, _) in _underWay)
        {
            // The store has it already, or never gets it, or gets it when the next process is long at work.
            switch (random.Next(3))
            {
                case 0:
                    happen();
                    break;
                case 1:
                    Late.Add(happen);
                    break;
            }
        }

        _underWay.Clear();
    }

    /// <summary>One of the replacements under way happens, whichever began first, and its caller learns of it.</summary>
    public void Land()
    {
        if (_underWay.Count == 0)
            return;

        var index = random.Next(_underWay.Count);
        var (_, land) = _underWay[index];
        _underWay.RemoveAt(index);
        land();
    }

    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default) =>
        Do(writes: true, () => inner.PutIfAbsentAsync(name, Damaged(name, content), CancellationToken.None));

    public ValueTask<BlobVersion> ReplaceIfMatchAsync(BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default) =>
        Do(
            writes: true,
            () => inner.ReplaceIfMatchAsync(name, content, expected, CancellationToken.None),
            holds: Holds && name.Value.StartsWith("roots/", StringComparison.Ordinal));

    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default) =>
        Do(writes: false, () => inner.HeadAsync(name, CancellationToken.None));

    public ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
        Do(writes: false, () =>
        {
            if (!FailsNextPack || !name.Value.StartsWith("snapshots/", StringComparison.Ordinal))
                return inner.ReadAsync(name, offset, destination, CancellationToken.None);

            FailsNextPack = false;
            throw Away(unknown: false);
        });

    public ValueTask<BlobPage> ListAsync(string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default) =>
        Do(writes: false, () => inner.ListAsync(prefix, continuation, Math.Min(limit, 7), CancellationToken.None));

    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default) =>
        Do(writes: true, () => inner.DeleteAsync(name, CancellationToken.None));

    public async ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default) =>
        await Do(writes: true, async () =>
        {
            await inner.DeleteIfMatchAsync(name, expected, CancellationToken.None);
            return true;
        });

    private static BlobStoreException Away(bool unknown) => new(BlobStoreErrorKind.Unavailable, "The store is away.", unknown);

    private ValueTask<T> Do<T>(bool writes, Func<ValueTask<T>> call, bool holds = false)
    {
        Calls++;
        if (Dead)
            throw Away(unknown: writes);

        if (DiesIn > 0 && --DiesIn == 0)
        {
            if (writes && random.Next(2) == 0)
                Happen(call);

            Die();
            throw Away(unknown: writes);
        }

        if (Faults > 0 && random.Next(Faults) == 0)
            Fail(writes, call);

        return holds ? Hold(call) : call();
    }

    private ValueTask<T> Hold<T>(Func<ValueTask<T>> call)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay.Add((() => Happen(call), Answer));
        MostUnderWay = Math.Max(MostUnderWay, _underWay.Count);
        return new ValueTask<T>(answer.Task);

        void Answer()
        {
            try
            {
                answer.SetResult(call().AsTask().GetAwaiter().GetResult());
            }
            catch (BlobStoreException error)
            {
                answer.SetException(error);
            }
        }
    }

    private void Fail<T>(bool writes, Func<ValueTask<T>> call)
    {
        switch (random.Next(4))
        {
            case 0:
                throw new BlobStoreException(BlobStoreErrorKind.Throttled, "Too many calls.", retryAfter: TimeSpan.FromSeconds(1));
            case 1 when writes:
                Happen(call);
                throw Away(unknown: true);
            case 2 when writes:
                throw Away(unknown: true);
            default:
                throw Away(unknown: false);
        }
    }

    private static void Happen<T>(Func<ValueTask<T>> call)
    {
        try
        {
            call().AsTask().GetAwaiter().GetResult();
        }
        catch (BlobStoreException)
        {
            // Nobody learns of it.
        }
    }

    private ReadOnlySequence<byte> Damaged(BlobName name, ReadOnlySequence<byte> content)
    {
        if (Damages == 0 || random.Next(Damages) != 0 || !(name.Value.StartsWith("segments/", StringComparison.Ordinal) || name.Value.StartsWith("snapshots/", StringComparison.Ordinal)))
            return content;

        if (random.Next(2) == 0)
            return content.Slice(0, random.NextInt64(content.Length));

        var bytes = content.ToArray();
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return new ReadOnlySequence<byte>(bytes);
    }
}

using Orleans.Log.Engine;

namespace Orleans.Log.Testing.Soak;

/// <summary>Looks at a node several times a second, and keeps what was the most in each quarter of the steady load.</summary>
/// <param name="node">What is looked at.</param>
/// <param name="wal">The folder of the WAL's files: what they take is asked of the file system, not of the node.</param>
/// <param name="time">Clock.</param>
public sealed class SoakSamples(LogNode node, string wal, TimeProvider time)
{
    private const int CollectionsOfQuarter = 3;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private readonly Quarter[] _quarters = [.. Enumerable.Range(0, 4).Select(_ => new Quarter())];

    /// <summary>The most that the WAL's files took.</summary>
    public long MaxWal { get; private set; }

    /// <summary>The most that was committed and not offloaded, in bytes.</summary>
    public long MaxLag { get; private set; }

    /// <summary>The longest that a change waited for its publication.</summary>
    public TimeSpan MaxLagTime { get; private set; }

    /// <summary>Of each quarter.</summary>
    public IReadOnlyList<Quarter> Quarters => _quarters;

    /// <summary>Looks for as long as it is told. Between, everything that nobody holds is collected three times a quarter.</summary>
    public async Task RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        using var turns = new PeriodicTimer(Between, time);
        while (time.GetElapsedTime(begun) is var elapsed && elapsed < duration)
        {
            var share = 4 * elapsed / duration;
            var quarter = _quarters[(int)share];
            Look(quarter);
            if (quarter.Collected < CollectionsOfQuarter && share - (int)share >= (quarter.Collected + 0.5) / CollectionsOfQuarter)
                quarter.Collect();

            await turns.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Looks once, outside of the steady load.</summary>
    public void Look() => Look(null);

    private void Look(Quarter? quarter)
    {
        MaxWal = Math.Max(MaxWal, WalBytes());
        if (node.Health.Store is { } store)
        {
            MaxLag = Math.Max(MaxLag, store.LagBytes);
            MaxLagTime = store.Lag > MaxLagTime ? store.Lag.Value : MaxLagTime;
        }

        if (quarter is not null)
            quarter.MaxResident = Math.Max(quarter.MaxResident, Environment.WorkingSet);
    }

    private long WalBytes()
    {
        long bytes = 0;
        foreach (var file in Directory.EnumerateFiles(wal))
        {
            try
            {
                bytes += new FileInfo(file).Length;
            }
            catch (FileNotFoundException)
            {
                // It was there when the folder was listed; files go and take other names while we look.
            }
        }

        return bytes;
    }

    /// <summary>A quarter of the steady load.</summary>
    public sealed class Quarter
    {
        /// <summary>The least that was alive after a full collection, in bytes.</summary>
        public long Alive { get; private set; } = long.MaxValue;

        /// <summary>The most that the process took, in bytes.</summary>
        public long MaxResident { get; set; }

        internal int Collected { get; private set; }

        internal void Collect()
        {
            Collected++;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            Alive = Math.Min(Alive, GC.GetTotalMemory(forceFullCollection: false));
        }
    }
}

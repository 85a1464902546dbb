using System.Numerics;

namespace Orleans.Log.Cli.Bench;

/// <summary>
/// Latencies in nanoseconds, counted in log-linear buckets: 64 to each power of two, so a value read back is at most 1/64 (1.6 %) above
/// the one recorded. Fixed memory (30 KiB), no allocation per sample. <see cref="Record"/> is for one thread at a time,
/// <see cref="RecordShared"/> for any number; reading while others record gives a value of about that moment.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int Sub = 1 << SubBits;

    // Buckets 0…63 hold one value each; each further power of two up to 2^63 has Sub buckets.
    private readonly long[] _buckets = new long[Sub * (64 - SubBits)];
    private long _max;
    private long _sum;

    /// <summary>Samples.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (var bucket in _buckets)
                count += bucket;

            return count;
        }
    }

    /// <summary>Largest sample, exact.</summary>
    public long Max => Volatile.Read(ref _max);

    /// <summary>Mean of the samples; 0 if there is none.</summary>
    public double Mean => Count is var count && count == 0 ? 0 : (double)Volatile.Read(ref _sum) / count;

    /// <summary>Counts one sample; a negative one counts as 0.</summary>
    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        _buckets[IndexOf(nanoseconds)]++;
        _sum += nanoseconds;
        _max = Math.Max(_max, nanoseconds);
    }

    /// <summary>As <see cref="Record"/>, from any number of threads at once.</summary>
    public void RecordShared(long nanoseconds)
    {
        nanoseconds = Math.Max(0, nanoseconds);
        Interlocked.Increment(ref _buckets[IndexOf(nanoseconds)]);
        Interlocked.Add(ref _sum, nanoseconds);
        var max = Volatile.Read(ref _max);
        while (nanoseconds > max)
        {
            var seen = Interlocked.CompareExchange(ref _max, nanoseconds, max);
            if (seen == max)
                return;

            max = seen;
        }
    }

    /// <summary>Adds what another one holds.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _buckets.Length; i++)
            _buckets[i] += Volatile.Read(ref other._buckets[i]);

        _sum += Volatile.Read(ref other._sum);
        _max = Math.Max(_max, other.Max);
    }

    /// <summary>The value that a share <paramref name="quantile"/> (0 to 1) of the samples does not exceed; 0 without samples.</summary>
    public long Percentile(double quantile)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * quantile));
        long seen = 0;
        for (var i = 0; i < _buckets.Length; i++)
        {
            seen += Volatile.Read(ref _buckets[i]);
            if (seen >= wanted)
                return Math.Min(HighestOf(i), Max);
        }

        return Max;
    }

    private static int IndexOf(long value)
    {
        if (value < Sub)
            return (int)value;

        var exponent = BitOperations.Log2((ulong)value);
        return ((exponent - SubBits + 1) << SubBits) + (int)((value >> (exponent - SubBits)) & (Sub - 1));
    }

    private static long HighestOf(int index)
    {
        if (index < Sub)
            return index;

        var shift = (index >> SubBits) - 1;
        return ((((long)Sub + (index & (Sub - 1)) + 1) << shift) - 1) & long.MaxValue;
    }
}

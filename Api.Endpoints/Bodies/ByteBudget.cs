namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>Bounds what all connections together hold of something. Safe for use by any number of threads.</summary>
/// <param name="limit">Most bytes.</param>
internal abstract class ByteBudget(long limit)
{
    private long _held;

    /// <summary>Bytes that are held.</summary>
    public long Held => Math.Max(0, Interlocked.Read(ref _held));

    /// <summary>Bytes that may still be held.</summary>
    protected long Left => Math.Max(0, limit - Held);

    /// <summary>Changes what one holder holds; false, and no change, if there is no room for more.</summary>
    public bool TryHold(ref long held, long bytes)
    {
        var more = bytes - held;
        if (more == 0)
            return true;

        if (Interlocked.Add(ref _held, more) > limit && more > 0)
        {
            Interlocked.Add(ref _held, -more);
            return false;
        }

        held = bytes;
        return true;
    }

    /// <summary>One holder holds nothing any more.</summary>
    public void Release(ref long held)
    {
        Interlocked.Add(ref _held, -held);
        held = 0;
    }
}

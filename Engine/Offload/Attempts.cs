namespace Orleans.Log.Engine.Offload;

/// <summary>
/// The numbers under which this node writes blobs. Each is used once, also across starts: the upper half is the number of the attachment, which the store gives to one process
/// only. A number is held from its birth until what it names is published or given up, and the sweeper stays below all that are held. Safe for use by any number of threads.
/// </summary>
/// <param name="attachment">Number of the attachment: 1 to 2^31−1, above that of every earlier process of this node.</param>
internal sealed class Attempts(long attachment)
{
    private const int Bits = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, int> _held = [];
    private long _last = attachment << Bits;

    /// <summary>A number that was never used; held.</summary>
    public long Take()
    {
        lock (_gate)
        {
            _held.Add(++_last, 1);
            return _last;
        }
    }

    /// <summary>One more has an interest in a number that is held.</summary>
    public void Hold(long attempt)
    {
        lock (_gate)
            _held[attempt]++;
    }

    /// <summary>One has no interest in it any longer.</summary>
    public void Release(long attempt)
    {
        lock (_gate)
        {
            if (--_held[attempt] == 0)
                _held.Remove(attempt);
        }
    }

    /// <summary>Every number below is at rest: it is named by a root, or by nothing.</summary>
    public long Floor
    {
        get
        {
            lock (_gate)
                return _held.Count == 0 ? _last + 1 : _held.Keys.Min();
        }
    }
}

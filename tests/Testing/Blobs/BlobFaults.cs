namespace Orleans.Log.Testing.Blobs;

/// <summary>What a caller asked of a store.</summary>
public enum BlobCall
{
    Put,
    Replace,
    Head,
    Read,
    List,
    Delete,
    DeleteIfMatch,
}

/// <summary>What goes wrong with one call.</summary>
public enum BlobFault
{
    /// <summary>429, nothing happened.</summary>
    Throttled,

    /// <summary>500 or no answer, and nothing happened; of a write the caller cannot know that.</summary>
    Unavailable,

    /// <summary>500 or no answer, after the call took effect.</summary>
    UnavailableAfterwards,

    /// <summary>Refused for good, nothing happened.</summary>
    Refused,

    /// <summary>409 to a put, nothing happened.</summary>
    Exists,

    /// <summary>409 to a put that took effect: something on the way sent it twice.</summary>
    ExistsAfterwards,

    /// <summary>412 to a replacement or a deletion, nothing happened.</summary>
    ConditionFailed,

    /// <summary>412 to a replacement or a deletion that took effect: something on the way sent it twice.</summary>
    ConditionFailedAfterwards,

    /// <summary>A write that succeeds with its end missing.</summary>
    TruncatedUpload,

    /// <summary>A write that succeeds with one wrong bit.</summary>
    FlippedUpload,

    /// <summary>A read that gives fewer bytes than there are.</summary>
    TruncatedDownload,

    /// <summary>A read that gives one wrong bit; the blob is well.</summary>
    FlippedDownload,
}

/// <summary>Which calls fail, and how: by script, counted per kind of call from the moment the fault is planned, or by seed. Safe for use by several threads.</summary>
public sealed class BlobFaults(int seed)
{
    private readonly Lock _lock = new();
    private readonly List<Planned> _planned = [];
    private readonly Random _random = new(seed);
    private double _rate;
    private BlobFault[] _kinds = [];

    /// <summary>How many faults have happened.</summary>
    public int Happened { get; private set; }

    /// <summary>Does a fault make sense for a call?</summary>
    public static bool Fits(BlobFault fault, BlobCall call) => fault switch
    {
        BlobFault.Exists or BlobFault.ExistsAfterwards => call == BlobCall.Put,
        BlobFault.ConditionFailed or BlobFault.ConditionFailedAfterwards => call is BlobCall.Replace or BlobCall.DeleteIfMatch,
        BlobFault.TruncatedUpload or BlobFault.FlippedUpload => call is BlobCall.Put or BlobCall.Replace,
        BlobFault.TruncatedDownload or BlobFault.FlippedDownload => call == BlobCall.Read,
        BlobFault.UnavailableAfterwards => call is BlobCall.Put or BlobCall.Replace or BlobCall.Delete or BlobCall.DeleteIfMatch,
        _ => true,
    };

    /// <summary>Lets the <paramref name="k"/>-th call of this kind from now on (1 = the next one) whose name or prefix contains the text go wrong.</summary>
    public void Plan(BlobCall call, BlobFault fault, int k = 1, string nameContains = "") => Add(new Planned(call, fault, nameContains) { Left = k });

    /// <summary>Lets every further call of this kind go wrong.</summary>
    public void PlanAlways(BlobCall call, BlobFault fault, string nameContains = "") => Add(new Planned(call, fault, nameContains) { Left = 1, Always = true });

    /// <summary>Lets a share of all calls go wrong, by seed, with those of the given faults (all if none are given) that fit the call.</summary>
    public void PlanRandomly(double rate, params BlobFault[] kinds)
    {
        lock (_lock)
            (_rate, _kinds) = (rate, kinds.Length > 0 ? kinds : Enum.GetValues<BlobFault>());
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _planned.Clear();
            _rate = 0;
        }
    }

    internal BlobFault? Next(BlobCall call, string name)
    {
        lock (_lock)
        {
            BlobFault? fault = null;
            foreach (var planned in _planned.Where(planned => planned.Call == call && name.Contains(planned.NameContains, StringComparison.Ordinal)))
            {
                if (--planned.Left == 0 || (planned.Left < 0 && planned.Always))
                    fault = planned.Fault;
            }

            if (fault is null && _rate > 0 && _random.NextDouble() < _rate && _kinds.Where(kind => Fits(kind, call)).ToArray() is { Length: > 0 } fitting)
                fault = fitting[_random.Next(fitting.Length)];

            Happened += fault is null ? 0 : 1;
            return fault;
        }
    }

    internal byte[] Flip(byte[] bytes)
    {
        Flip(bytes.AsSpan());
        return bytes;
    }

    internal void Flip(Span<byte> bytes)
    {
        lock (_lock)
        {
            if (bytes.Length > 0)
                bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
        }
    }

    internal int Cut(int length)
    {
        lock (_lock)
            return length == 0 ? 0 : _random.Next(length);
    }

    private void Add(Planned planned)
    {
        if (!Fits(planned.Fault, planned.Call))
            throw new ArgumentException($"{planned.Fault} is nothing that a {planned.Call} meets.");

        lock (_lock)
            _planned.Add(planned);
    }

    private sealed record Planned(BlobCall Call, BlobFault Fault, string NameContains)
    {
        public int Left { get; set; }

        public bool Always { get; init; }
    }
}

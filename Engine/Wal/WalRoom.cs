namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Decides, before a byte is written or a position given, whether an entry may come in: bytes in flight on one side, prepared room on the
/// other. Lock-free. Room is counted so that what was admitted always finds a place, however badly it packs: an entry on its way from
/// admission to its block counts as a block of its own, and every file as short by the largest block, which may not fit into its end.
/// <para>The last file need not be short, since nothing goes on behind it; so there is a largest block's worth of room below zero. It is the last
/// reserve, for entries that let the oldest file go (<see cref="WalClass.Relief"/>) and the marks behind them.</para>
/// </summary>
internal sealed class WalRoom(WalOptions options)
{
    private readonly int _largestBlock = LargestBlock(options);
    private long _inFlight;
    private long _room;
    private volatile bool _starved;
    private volatile bool _stopped;

    /// <summary>Bodies admitted and not completed, in bytes.</summary>
    public long InFlight => Interlocked.Read(ref _inFlight);

    /// <summary>Can no further file be prepared at present, because the disk or its budget is full?</summary>
    public bool Starved
    {
        get => _starved;
        set => _starved = value;
    }

    /// <summary>Largest padded block under these options.</summary>
    public static int LargestBlock(WalOptions options) =>
        WalFormat.PadToSector(WalFormat.BlockHeaderBytes + WalFormat.EntryHeaderBytes + WalFormat.PadToEntry(options.LargestBodyBytes));

    /// <summary>What a body takes at worst: a block of its own.</summary>
    public static int Worst(int bodyBytes) =>
        WalFormat.PadToSector(WalFormat.BlockHeaderBytes + WalFormat.EntryHeaderBytes + WalFormat.PadToEntry(bodyBytes));

    /// <summary>Takes permits and room, or says why not.</summary>
    public WalAdmission TryAdmit(int bodyBytes, WalClass cls)
    {
        if (_stopped)
            return WalAdmission.Stopped;

        if (Interlocked.Add(ref _inFlight, bodyBytes) > options.InFlightBytes && cls == WalClass.Append)
        {
            Interlocked.Add(ref _inFlight, -bodyBytes);
            return WalAdmission.Overloaded;
        }

        var worst = Worst(bodyBytes);
        if (Interlocked.Add(ref _room, -worst) >= Least(cls))
            return WalAdmission.Admitted;

        Interlocked.Add(ref _room, worst);
        Interlocked.Add(ref _inFlight, -bodyBytes);
        return _starved ? WalAdmission.Full : WalAdmission.Overloaded;
    }

    /// <summary>The admission that an append of the largest body would meet now, were nothing else in flight.</summary>
    public WalAdmission Peek()
    {
        if (_stopped)
            return WalAdmission.Stopped;

        if (Interlocked.Read(ref _room) - _largestBlock >= options.ControlReserveBytes)
            return WalAdmission.Admitted;

        return _starved ? WalAdmission.Full : WalAdmission.Overloaded;
    }

    /// <summary>Gives back an admission that was not used.</summary>
    public void Release(int bodyBytes)
    {
        Interlocked.Add(ref _room, Worst(bodyBytes));
        Interlocked.Add(ref _inFlight, -bodyBytes);
    }

    /// <summary>An admitted entry stands in its block, which has grown in the file by so many bytes.</summary>
    public void Placed(int bodyBytes, int growth) => Interlocked.Add(ref _room, Worst(bodyBytes) - growth);

    /// <summary>
    /// A mark takes a sector that nobody was admitted for, if there is one: of the last reserve too, since it stands behind an entry that was
    /// let in, and not every such entry is followed by one.
    /// </summary>
    public bool TryTakeMark()
    {
        if (Interlocked.Add(ref _room, -WalFormat.SectorBytes) >= Least(WalClass.Relief))
            return true;

        ReturnMark();
        return false;
    }

    /// <summary>The mark was not written after all.</summary>
    public void ReturnMark() => Interlocked.Add(ref _room, WalFormat.SectorBytes);

    /// <summary>Entries with so many bytes of bodies are completed.</summary>
    public void Completed(long bodyBytes) => Interlocked.Add(ref _inFlight, -bodyBytes);

    /// <summary>A file is ready, with so many bytes for blocks.</summary>
    public void FileReady(long bytes) => Interlocked.Add(ref _room, bytes - _largestBlock);

    /// <summary>The end of a file was left empty: less than the largest block, which it had been counted short by.</summary>
    public void FileLeft(long wasted) => Interlocked.Add(ref _room, _largestBlock - wasted);

    /// <summary>Nothing comes in any more.</summary>
    public void Stop() => _stopped = true;

    /// <summary>What an entry of a class must leave.</summary>
    private long Least(WalClass cls) => cls switch
    {
        WalClass.Append => options.ControlReserveBytes,
        WalClass.Control => 0,
        _ => -_largestBlock,
    };
}

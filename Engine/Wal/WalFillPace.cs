namespace Orleans.Log.Engine.Wal;

/// <summary>
/// How fast a new file is filled with zeros while others append: as fast as they use up the room that there is, so that the file is ready when half of that room is gone, and at once where there is not room for some of the largest batches. Every piece holds up the appends
/// behind it for as long as it keeps the device busy; so pieces are small and spread out while there is time, and large, one after the other, when there is none. For one file and one caller.
/// </summary>
internal sealed class WalFillPace
{
    /// <summary>Bytes of a piece while there is time.</summary>
    public const int SmallPiece = 128 * 1024;

    /// <summary>Bytes of a piece when there is none.</summary>
    public const int LargePiece = WalFormat.MiB;

    /// <summary>Where nothing is appended, a file is filled this fast, in bytes per second.</summary>
    public const long LeastPerSecond = 16L * WalFormat.MiB;

    private readonly long _fileSize;
    private readonly Func<long> _room;
    private readonly Func<bool> _pause;
    private readonly TimeProvider _time;
    private readonly long _begun;
    private readonly long _roomAtFirst;
    private readonly long _scarce;

    /// <summary>For a file that is begun now.</summary>
    /// <param name="fileSize">Its size.</param>
    /// <param name="room">Says how much room appends have until they are refused.</param>
    /// <param name="scarce">With no more room than this there is no time to lose: an append that fits into none of it is refused, although nobody else appends.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pause">Waits a moment; false if the file is not wanted any longer.</param>
    public WalFillPace(long fileSize, Func<long> room, long scarce, TimeProvider time, Func<bool> pause)
    {
        (_fileSize, _room, _scarce, _time, _pause) = (fileSize, room, scarce, time, pause);
        (_begun, _roomAtFirst) = (time.GetTimestamp(), room());
    }

    /// <summary>Waits until a piece is due, and returns its length; 0 if the file is not wanted any longer.</summary>
    public int WaitForPiece(long filled)
    {
        while (true)
        {
            if (Due(filled) is > 0 and var piece)
                return piece;

            if (!_pause())
                return 0;
        }
    }

    private int Due(long filled)
    {
        var (room, half) = (_room(), _roomAtFirst / 2);
        if (room <= Math.Max(half, _scarce))
            return LargePiece;

        var byUse = (double)(_roomAtFirst - room) / (_roomAtFirst - half) * _fileSize;
        var byTime = _time.GetElapsedTime(_begun).TotalSeconds * LeastPerSecond;
        return Math.Max(byUse, byTime) >= filled + SmallPiece ? SmallPiece : 0;
    }
}

using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Makes what lies behind the tail as if it had never been written: everything that could have been in flight is zeroed and flushed before a
/// new block takes its place. Otherwise a part of a lost block could one day stand behind a new one and look like its successor.
/// </summary>
internal static class WalCutter
{
    private const int PieceBytes = 256 * 1024;

    // All that can have been in flight when the process ended, by any version's settings.
    private const long Window = (long)WalFormat.LargestInFlight * (WalFormat.LargestBlock + WalFormat.SectorBytes);

    /// <summary>Zeroes the window behind the tail.</summary>
    public static void Cut(IDisk disk, in WalTail tail, long lastFile, long fileSize)
    {
        var left = Window;
        long offset = tail.Offset;
        for (var file = tail.File; file <= lastFile && left > 0; file++)
        {
            left -= CutFile(disk, file, offset, Math.Min(fileSize, offset + left));
            offset = WalFormat.SectorBytes;
        }
    }

    private static long CutFile(IDisk disk, long sequence, long from, long to)
    {
        using var file = disk.Open(WalFileName.Of(sequence), DiskAccess.Write);
        var buffer = new AlignedBuffer(PieceBytes);
        var zeros = new AlignedBuffer(PieceBytes);
        zeros.Span.Clear();
        var changed = false;
        for (var offset = from; offset < to; offset += PieceBytes)
        {
            var piece = (int)Math.Min(PieceBytes, to - offset);
            var read = file.ReadFully(offset, buffer.Span[..piece]);
            if (read == piece && !buffer.Span[..piece].ContainsAnyExcept((byte)0))
                continue;

            file.Write(offset, zeros.Span[..piece]);
            changed = true;
        }

        if (changed)
            file.Flush();

        return to - from;
    }
}

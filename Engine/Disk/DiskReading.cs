namespace Orleans.Log.Engine.Disk;

/// <summary>Reading in whole.</summary>
internal static class DiskReading
{
    /// <summary>Reads until the buffer is full or the file ends, however short single reads are, and returns how much there was.</summary>
    public static int ReadFully(this IDiskFile file, long offset, Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var read = file.Read(offset + done, buffer[done..]);
            if (read <= 0)
                break;

            done += read;
        }

        return done;
    }
}

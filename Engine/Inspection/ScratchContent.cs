using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Inspection;

/// <summary>What a file holds: the inner disk's bytes where nothing was written, pages in memory where something was. Thread-safe.</summary>
/// <param name="source">Its name on the inner disk; null if it is not there.</param>
/// <param name="length">Its length there.</param>
internal sealed class ScratchContent(string? source, long length)
{
    private const int PageBytes = 4096;

    // Preparing a WAL file writes it full of zeros; they all share this page.
    private static readonly byte[] ZeroPage = new byte[PageBytes];

    private readonly Lock _lock = new();
    private readonly Dictionary<long, byte[]> _pages = [];
    private long _length = length;

    public string? Source => source;

    public long Length
    {
        get
        {
            lock (_lock)
                return _length;
        }
    }

    /// <summary>Reads; <paramref name="inner"/> (null: there is none) gives the bytes where nothing was written.</summary>
    public int Read(long offset, Span<byte> buffer, IDiskFile? inner)
    {
        lock (_lock)
        {
            var count = (int)Math.Clamp(_length - offset, 0, buffer.Length);
            buffer = buffer[..count];
            var had = inner?.Read(offset, buffer) ?? 0;
            buffer[Math.Min(had, count)..].Clear();
            for (var at = 0; at < count;)
            {
                var (page, within) = Math.DivRem(offset + at, PageBytes);
                var part = Math.Min(PageBytes - (int)within, count - at);
                if (_pages.TryGetValue(page, out var bytes))
                    bytes.AsSpan((int)within, part).CopyTo(buffer[at..]);

                at += part;
            }

            return count;
        }
    }

    /// <summary>Writes; <paramref name="inner"/> gives the rest of a page that is written in part.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes, IDiskFile? inner)
    {
        lock (_lock)
        {
            for (var at = 0; at < bytes.Length;)
            {
                var (page, within) = Math.DivRem(offset + at, PageBytes);
                var part = bytes.Slice(at, Math.Min(PageBytes - (int)within, bytes.Length - at));
                if (part.Length == PageBytes && !part.ContainsAnyExcept((byte)0))
                    _pages[page] = ZeroPage;
                else
                    part.CopyTo(Writable(page, inner).AsSpan((int)within));

                at += part.Length;
            }

            _length = Math.Max(_length, offset + bytes.Length);
        }
    }

    private byte[] Writable(long page, IDiskFile? inner)
    {
        if (_pages.TryGetValue(page, out var bytes) && !ReferenceEquals(bytes, ZeroPage))
            return bytes;

        var own = new byte[PageBytes];
        if (bytes is null)
            inner?.Read(page * PageBytes, own);

        return _pages[page] = own;
    }
}

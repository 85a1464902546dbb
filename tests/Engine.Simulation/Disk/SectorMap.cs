namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>
/// Content of a file as sectors of 512 bytes, the unit that a device writes whole. A sector is an array that is never changed once it
/// is stored (null = zeros), so that thousands of crash images share all that they have in common.
/// </summary>
internal sealed class SectorMap
{
    public const int SectorSize = 512;

    private byte[]?[] _sectors;
    private bool _shared;

    public SectorMap() => _sectors = [];

    private SectorMap(byte[]?[] sectors, long length)
    {
        _sectors = sectors;
        _shared = true;
        Length = length;
    }

    public long Length { get; private set; }

    /// <summary>A copy that costs nothing until one of the two is changed.</summary>
    public SectorMap Clone()
    {
        _shared = true;
        return new SectorMap(_sectors, Length);
    }

    public byte[]? this[int index] => index < _sectors.Length ? _sectors[index] : null;

    public void Set(int index, byte[]? sector)
    {
        if (ReferenceEquals(this[index], sector))
            return;

        Own(index + 1);
        _sectors[index] = sector;
    }

    /// <summary>Changes the length; what lies beyond it is gone for good, what is added is zeros.</summary>
    public void SetLength(long length)
    {
        for (var i = SectorCount(length); i < _sectors.Length; i++)
            Set(i, null);

        var rest = (int)(length % SectorSize);
        if (rest > 0 && this[(int)(length / SectorSize)] is { } last && last.AsSpan(rest).ContainsAnyExcept((byte)0))
        {
            var cut = new byte[SectorSize];
            last.AsSpan(0, rest).CopyTo(cut);
            Set((int)(length / SectorSize), cut);
        }

        Length = length;
    }

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        for (var done = 0; done < count;)
        {
            var at = offset + done;
            var skip = (int)(at % SectorSize);
            var take = Math.Min(SectorSize - skip, count - done);
            var target = buffer.Slice(done, take);
            if (this[(int)(at / SectorSize)] is { } sector)
                sector.AsSpan(skip, take).CopyTo(target);
            else
                target.Clear();

            done += take;
        }

        return count;
    }

    /// <summary>The sectors that a write gives, laid over what is here: (index, new content) for each one that it touches.</summary>
    public IEnumerable<(int Index, byte[]? Content)> Overlay(long offset, byte[] bytes)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var at = offset + done;
            var index = (int)(at / SectorSize);
            var skip = (int)(at % SectorSize);
            var take = Math.Min(SectorSize - skip, bytes.Length - done);
            var old = this[index];
            var piece = bytes.AsSpan(done, take);
            done += take;
            if (old is null ? !piece.ContainsAnyExcept((byte)0) : piece.SequenceEqual(old.AsSpan(skip, take)))
            {
                yield return (index, old);
                continue;
            }

            var content = new byte[SectorSize];
            old?.CopyTo(content, 0);
            piece.CopyTo(content.AsSpan(skip));
            yield return (index, content.AsSpan().ContainsAnyExcept((byte)0) ? content : null);
        }
    }

    public static int SectorCount(long length) => (int)((length + SectorSize - 1) / SectorSize);

    public static bool Same(byte[]? left, byte[]? right) =>
        ReferenceEquals(left, right) || (left is not null && right is not null && left.AsSpan().SequenceEqual(right));

    private void Own(int count)
    {
        if (count > _sectors.Length)
            Array.Resize(ref _sectors, Math.Max(count, _sectors.Length * 2));
        else if (_shared)
            _sectors = (byte[]?[])_sectors.Clone();

        _shared = false;
    }
}

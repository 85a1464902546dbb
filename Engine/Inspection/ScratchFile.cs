using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Inspection;

/// <summary>A handle of a file of <see cref="InspectionDisk"/>.</summary>
internal sealed class ScratchFile(ScratchContent content, IDiskFile? inner, bool durable, Action<long>? onRead) : IDiskFile
{
    public long Length => content.Length;

    public bool WritesAreDurable => durable;

    public void Write(long offset, ReadOnlySpan<byte> bytes) => content.Write(offset, bytes, inner);

    public int Read(long offset, Span<byte> buffer)
    {
        var read = content.Read(offset, buffer, inner);
        onRead?.Invoke(read);
        return read;
    }

    public void Flush()
    {
    }

    public void Dispose() => inner?.Dispose();
}

using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Simulation.Disk;

/// <summary>What open files do.</summary>
internal sealed partial class SimulatedDisk
{
    private readonly Dictionary<long, Inode> _held = [];

    /// <summary>Durable writes that have returned to the caller's thread and not landed, in the order in which they began.</summary>
    public IReadOnlyList<long> Held
    {
        get
        {
            lock (_lock)
                return [.. _held.Keys.Order()];
        }
    }

    /// <summary>A held durable write is on the device now.</summary>
    public void Land(long write)
    {
        lock (_lock)
        {
            if (!_held.Remove(write, out var inode))
                return;

            _underWay.Remove(write);
            inode.Settle(write);
            Trace((ulong)write);
            Observer?.Invoke(new DiskOperation(write, DiskCall.Write, string.Empty, 0, 0, UnderWay: false));
        }
    }

    internal long LengthOf(Inode inode)
    {
        lock (_lock)
            return inode.Length;
    }

    internal int Read(SimulatedFile file, long offset, Span<byte> buffer)
    {
        lock (_lock)
        {
            var fault = Faults.Next(DiskCall.Read, file.Name);
            Fail(fault, file.Name);
            var count = file.Access == DiskAccess.ReadDevice ? file.Inode.ReadDevice(offset, buffer) : file.Inode.Read(offset, buffer);
            if (fault == DiskFault.ShortRead)
                count /= 2;
            else if (fault == DiskFault.FlippedRead && count > 0)
                buffer[Random.Next(count)] ^= (byte)(1 << Random.Next(8));

            return count;
        }
    }

    internal void Write(SimulatedFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var operation = Begin(DiskCall.Write, file.Name, offset, bytes);
            var content = bytes.ToArray();
            var fault = Faults.Next(DiskCall.Write, file.Name);
            if (Used() + Math.Max(0, offset + bytes.Length - file.Inode.Length) > Capacity)
                fault = DiskFault.Full;

            switch (fault)
            {
                case DiskFault.Full:
                    WriteWhatFits(operation.Number, file.Inode, offset, content);
                    break;
                case DiskFault.Error:
                    file.Inode.Write(operation.Number, offset, content[..Random.Next(content.Length + 1)]);
                    break;
                case DiskFault.Misdirected:
                    file.Inode.WriteCacheOnly(offset, content);
                    file.Inode.Damage(ElsewhereIn(file.Inode, offset), content);
                    return;
                case DiskFault.OtherFile:
                    file.Inode.WriteCacheOnly(offset, content);
                    (NextTo(file.Inode) ?? file.Inode).Damage(offset, content);
                    return;
                case DiskFault.Stale:
                    file.Inode.WriteCacheOnly(offset, content);
                    return;
                case DiskFault.FlippedWrite:
                    content[Random.Next(content.Length)] ^= (byte)(1 << Random.Next(8));
                    break;
                case null or DiskFault.ShortRead or DiskFault.FlippedRead:
                    break;
            }

            if (fault is DiskFault.Full or DiskFault.Error)
            {
                Observer?.Invoke(operation);
                Fail(fault, file.Name);
            }

            file.Inode.Write(operation.Number, offset, content);
            if (file.WritesAreDurable)
                Settle(operation, file.Inode);
            else
                Observer?.Invoke(operation);
        }
    }

    internal void Flush(SimulatedFile file)
    {
        lock (_lock)
        {
            var operation = Begin(DiskCall.Flush, file.Name, 0, []);
            var fault = Faults.Next(DiskCall.Flush, file.Name);
            if (fault is not null)
            {
                file.Inode.Forget();
                Observer?.Invoke(operation);
                Fail(fault, file.Name);
            }

            file.Inode.Settle(_underWay.Contains);
            Observer?.Invoke(operation);
        }
    }

    private void Settle(DiskOperation operation, Inode inode)
    {
        _underWay.Add(operation.Number);
        Observer?.Invoke(operation with { UnderWay = true });
        if (HoldsDurableWrites)
        {
            _held.Add(operation.Number, inode);
            return;
        }

        _underWay.Remove(operation.Number);
        inode.Settle(operation.Number);
        Observer?.Invoke(operation);
    }

    private void WriteWhatFits(long operation, Inode inode, long offset, byte[] content)
    {
        var fits = Math.Clamp(Capacity - Used() + Math.Max(0, inode.Length - offset), 0, content.Length / 2);
        inode.Write(operation, offset, content[..(int)fits]);
    }

    private Inode? NextTo(Inode inode) => _tree.Entries.SkipWhile(entry => !ReferenceEquals(entry.Value, inode)).Skip(1).FirstOrDefault().Value;

    /// <summary>Half of the time right beside its place, where it tears its neighbours, otherwise anywhere.</summary>
    private long ElsewhereIn(Inode inode, long offset)
    {
        if (Random.Next(2) == 0 && offset >= 8192)
            return offset + (Random.Next(2) == 0 ? -4096 : 4096);

        var places = Math.Max(2, inode.Length / 4096);
        var place = Random.NextInt64(places - 1);
        return (place >= offset / 4096 ? place + 1 : place) * 4096;
    }
}

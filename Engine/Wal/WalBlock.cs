namespace Orleans.Log.Engine.Wal;

/// <summary>
/// A block from its opening to its completion. Guarded by the sequencer's lock; a writer that took it only reads <see cref="Bytes"/>.
/// Pooled: nobody keeps one after reporting it.
/// </summary>
internal sealed class WalBlock
{
    private Noted[] _notes = new Noted[8];

    /// <summary>Block sequence.</summary>
    public long Sequence { get; private set; }

    /// <summary>The file that it goes to.</summary>
    public WalFile File { get; private set; } = null!;

    /// <summary>Its offset in the file.</summary>
    public uint Offset { get; private set; }

    /// <summary>The memory that it is built in.</summary>
    public WalChunk Chunk { get; private set; } = null!;

    /// <summary>Bytes used, header included.</summary>
    public int Length { get; set; }

    /// <summary>Records.</summary>
    public int Count { get; set; }

    /// <summary>CRC state over the header checksums of its records.</summary>
    public uint Digest { get; set; }

    /// <summary>Body bytes to give back to admission once it is completed.</summary>
    public long Permits { get; set; }

    /// <summary>Has its write (and flush) returned?</summary>
    public bool Written { get; set; }

    /// <summary>Subscribers noted in it.</summary>
    public int NoteCount { get; private set; }

    /// <summary>Length in the file.</summary>
    public int PaddedLength => WalFormat.PadToSector(Length);

    /// <summary>The place behind it.</summary>
    public WalPosition End => new(File.Sequence, Offset + (uint)PaddedLength);

    /// <summary>All that is to be written, padding included.</summary>
    public ReadOnlySpan<byte> Bytes => Memory[..PaddedLength];

    /// <summary>The chunk from the block's first byte on.</summary>
    public Span<byte> Memory => Chunk.Span[(int)(Offset - Chunk.Start)..];

    /// <summary>Begins an empty block.</summary>
    public void Begin(long sequence, WalFile file, uint offset, WalChunk chunk)
    {
        (Sequence, File, Offset, Chunk) = (sequence, file, offset, chunk);
        (Length, Count, Digest, Permits, Written, NoteCount) = (WalFormat.BlockHeaderBytes, 0, Crc32C.Start, 0, false, 0);
    }

    /// <summary>Notes that a subscriber has an entry in the block: once per subscriber, with its highest entry.</summary>
    public void Note(IWalSubscriber subscriber, long entry)
    {
        ref var slot = ref subscriber.Slot;
        if (slot.Block == Sequence && slot.Index < NoteCount && ReferenceEquals(_notes[slot.Index].Subscriber, subscriber))
        {
            _notes[slot.Index].Entry = entry;
            return;
        }

        if (NoteCount == _notes.Length)
            Array.Resize(ref _notes, 2 * NoteCount);

        _notes[NoteCount] = new Noted { Subscriber = subscriber, Entry = entry };
        slot.Block = Sequence;
        slot.Index = NoteCount++;
    }

    /// <summary>Tells the subscribers that their entries in this block are durable.</summary>
    public void Deliver()
    {
        for (var i = 0; i < NoteCount; i++)
            _notes[i].Subscriber.OnDurable(_notes[i].Entry);
    }

    /// <summary>Adds the subscribers to a list, in the order of their first entries.</summary>
    public void CollectSubscribers(HashSet<IWalSubscriber> seen, List<IWalSubscriber> subscribers)
    {
        for (var i = 0; i < NoteCount; i++)
        {
            if (seen.Add(_notes[i].Subscriber))
                subscribers.Add(_notes[i].Subscriber);
        }
    }

    /// <summary>Lets go of everything, for the pool.</summary>
    public void Clear()
    {
        Array.Clear(_notes, 0, NoteCount);
        NoteCount = 0;
        File = null!;
        Chunk = null!;
    }

    private struct Noted
    {
        public IWalSubscriber Subscriber;
        public long Entry;
    }
}

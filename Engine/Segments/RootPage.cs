using System.Globalization;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// The roots of every 64th stream of a store, which are replaced together (docs/FORMAT.md §14). Immutable: a change makes another page. Whether a change
/// is allowed is decided by <see cref="PublishRule"/>, not here.
/// </summary>
internal sealed class RootPage
{
    /// <summary>Number of pages of a store.</summary>
    public const int Count = 64;

    /// <summary>Most streams of a page; more than four million in a store.</summary>
    public const int MaxEntries = 65_536;

    /// <summary>Most retired nodes that a page remembers.</summary>
    public const int MaxRetired = 1_024;

    /// <summary>Longest page.</summary>
    public const int MaxLength = 32 * 1024 * 1024;

    private const uint Magic = 0x50524C4F; // "OLRP"
    private const int Version = 1;
    private const string What = "a root page";

    private readonly RootEntry[] _entries;
    private readonly Guid[] _retired;

    private RootPage(Guid store, int number, long sequence, long writtenAt, RootEntry[] entries, Guid[] retired) =>
        (Store, Number, Sequence, WrittenAt, _entries, _retired) = (store, number, sequence, writtenAt, entries, retired);

    /// <summary>The store.</summary>
    public Guid Store { get; }

    /// <summary>0 to 63.</summary>
    public int Number { get; }

    /// <summary>1 for the first, one more with each replacement.</summary>
    public long Sequence { get; }

    /// <summary>Milliseconds since 1970 UTC; for people.</summary>
    public long WrittenAt { get; }

    /// <summary>The roots, by ascending stream id.</summary>
    public IReadOnlyList<RootEntry> Entries => _entries;

    /// <summary>Nodes that may not change anything here any more.</summary>
    public IReadOnlyList<Guid> Retired => _retired;

    /// <summary>The first page of a number, without streams.</summary>
    public static RootPage Empty(Guid store, int number, long writtenAt) => new(store, number, 1, writtenAt, [], []);

    /// <summary>The page that a stream belongs to.</summary>
    public static int NumberOf(StreamId stream) => (int)(stream.Value & (Count - 1));

    /// <summary>The blob of a page.</summary>
    public static BlobName NameOf(int number) => new(string.Create(CultureInfo.InvariantCulture, $"roots/{number:x2}"));

    /// <summary>The root of a stream, or null.</summary>
    public RootEntry? Find(StreamId stream)
    {
        var (low, high) = (0, _entries.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].Id.Value < stream.Value)
                low = middle + 1;
            else
                high = middle;
        }

        return low < _entries.Length && _entries[low].Id == stream ? _entries[low] : null;
    }

    /// <summary>May this node not change anything here any more?</summary>
    public bool IsRetired(Guid node) => _retired.Contains(node);

    /// <summary>
    /// The page that replaces this one. Throws <see cref="InvalidOperationException"/> if it would break the bounds, or gets a stream that belongs elsewhere.
    /// </summary>
    /// <param name="writtenAt">The time, milliseconds since 1970 UTC.</param>
    /// <param name="put">Roots to add or replace, each stream at most once.</param>
    /// <param name="remove">Streams whose roots go; those that have none are ignored.</param>
    /// <param name="retire">A node that may not change anything here any more.</param>
    public RootPage Change(long writtenAt, IEnumerable<RootEntry>? put = null, IEnumerable<StreamId>? remove = null, Guid? retire = null)
    {
        var gone = new HashSet<StreamId>(remove ?? []);
        var added = (put ?? []).OrderBy(static entry => entry.Id.Value).ToArray();
        gone.UnionWith(added.Select(static entry => entry.Id));
        var entries = new List<RootEntry>(_entries.Length + added.Length);
        var next = 0;
        foreach (var entry in _entries)
        {
            while (next < added.Length && added[next].Id.Value < entry.Id.Value)
                entries.Add(added[next++]);

            if (!gone.Contains(entry.Id))
                entries.Add(entry);
        }

        entries.AddRange(added.AsSpan(next));
        var retired = retire is { } node && !IsRetired(node) ? [.. _retired.Append(node).Order()] : _retired;
        var page = new RootPage(Store, Number, Sequence + 1, writtenAt, [.. entries], retired);
        return page.IsInOrder() && page.Length <= MaxLength
            ? page
            : throw new InvalidOperationException($"Root page {Number} cannot have {entries.Count} streams and {retired.Length} retired nodes like these.");
    }

    /// <summary>The bytes of the page.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        var writer = new SpanWriter(bytes.AsSpan(6));
        writer.UInt16(Number);
        writer.Zero(4);
        writer.Int32(bytes.Length);
        writer.Id(Store);
        writer.Int64(Sequence);
        writer.Int32(_entries.Length);
        writer.Int32(_retired.Length);
        writer.Int64(WrittenAt);
        writer.Zero(8);
        foreach (var node in _retired)
            writer.Id(node);

        foreach (var entry in _entries)
            entry.Write(ref writer);

        StoreFormat.Seal(bytes, Magic, Version);
        return bytes;
    }

    /// <summary>The store that the first page of a store which is being made says that it belongs to. Throws <see cref="StoreFormatException"/>.</summary>
    public static Guid StoreOf(ReadOnlySpan<byte> source)
    {
        StoreFormat.Open(source, Magic, Version, What);
        return new SpanReader(source[16..]).Id();
    }

    /// <summary>Reads a page, which must be this one of this store. Throws <see cref="StoreFormatException"/>.</summary>
    public static RootPage Read(ReadOnlySpan<byte> source, Guid store, int number)
    {
        StoreFormat.Open(source, Magic, Version, What);
        var reader = new SpanReader(source[6..]);
        var (found, _, length) = ((int)reader.UInt16(), reader.Int32(), reader.Int32());
        StoreFormat.RequireLength(source.Length, length, What);
        StoreFormat.RequireSame(reader.Id(), store, "store");
        StoreFormat.RequireSame(found, number, "page");
        try
        {
            var (sequence, entryCount, retiredCount, writtenAt) = (reader.Position(), reader.Count(), reader.Count(), reader.Int64());
            reader.Take(8);
            if (entryCount > reader.Left / RootEntry.FixedLength || retiredCount > reader.Left / 16)
                throw new InvalidDataException($"{entryCount} streams and {retiredCount} retired nodes do not fit into {length} bytes.");

            var retired = new Guid[retiredCount];
            foreach (ref var node in retired.AsSpan())
                node = reader.Id();

            var entries = new RootEntry[entryCount];
            foreach (ref var entry in entries.AsSpan())
                entry = RootEntry.Read(ref reader);

            reader.End();
            var page = new RootPage(store, number, sequence, writtenAt, entries, retired);
            return sequence > 0 && page.IsInOrder() ? page : throw new InvalidDataException("Its content is not in order.");
        }
        catch (InvalidDataException error)
        {
            throw StoreFormat.Incoherent($"Root page {number}", error);
        }
    }

    private long Length => StoreFormat.HeaderLength + 16L * _retired.Length + _entries.Sum(static entry => (long)entry.Length);

    private bool IsInOrder()
    {
        for (var i = 0; i < _entries.Length; i++)
        {
            if (NumberOf(_entries[i].Id) != Number || (i > 0 && _entries[i - 1].Id.Value >= _entries[i].Id.Value))
                return false;
        }

        for (var i = 1; i < _retired.Length; i++)
        {
            if (_retired[i - 1] >= _retired[i])
                return false;
        }

        return _entries.Length <= MaxEntries && _retired.Length <= MaxRetired;
    }
}

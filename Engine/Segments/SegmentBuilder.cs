using System.Buffers;
using System.Security.Cryptography;
using Orleans.Log.Engine.Reading;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// Collects batches from the WAL into one segment. The batches of a stream come in the order of their LSNs; streams may come in any order and
/// mixed, as the WAL has them: each becomes a run of its own, and where LSNs are missing, another run begins. Memory: what was added, in pooled chunks,
/// which go back when it is disposed. For one thread; after an exception it can only be disposed.
/// </summary>
/// <param name="place">What the segment will be.</param>
/// <param name="writtenAt">The time, milliseconds since 1970 UTC.</param>
internal sealed class SegmentBuilder(BlobPlace place, long writtenAt) : IDisposable
{
    private const int NewRun = SegmentFormat.RunHeaderLength + SegmentFormat.DirectoryEntryLength;

    private readonly ChunkArena _arena = new();
    private readonly List<SegmentRunBuilder> _runs = [];
    private readonly Dictionary<StreamId, SegmentRunBuilder> _open = [];

    /// <summary>Exact length of the segment if it were completed now.</summary>
    public long Length { get; private set; } = StoreFormat.HeaderLength + BlobEnd.Size;

    /// <summary>Number of runs so far.</summary>
    public int Runs => _runs.Count;

    /// <summary>Exact length of the segment if this batch were added; <see cref="long.MaxValue"/> if it cannot be.</summary>
    public long LengthWith(in WalEntry entry, int bodyLength)
    {
        var batch = SegmentFormat.BatchHeaderLength + bodyLength;
        var length = Length + batch + (Continued(entry) is not { } run ? NewRun + SegmentFormat.BlockEntryLength : run.BeginsBlock ? SegmentFormat.BlockEntryLength : 0);
        return length <= StoreFormat.MaxBlobLength && (Runs < SegmentFormat.MaxRuns || Continued(entry) is not null) ? length : long.MaxValue;
    }

    /// <summary>
    /// Adds a whole batch, with its body as it stands in the WAL. Throws <see cref="LogException"/> (Corrupt) if the body is not what its header promises:
    /// better here than in an archive. A batch that overlaps what is there, or that <see cref="LengthWith"/> refuses, is a mistake of the caller's.
    /// </summary>
    public void Add(in WalEntry entry, ReadOnlySpan<byte> body)
    {
        if (entry.Type != WalEntryType.Append || entry.Count < 1 || body.Length > WalFormat.LargestBody)
            throw new ArgumentException("Only batches go into a segment.", nameof(entry));

        var frames = new AppendFrames(entry, body);
        while (frames.MoveNext())
        {
            // The last timestamp is wanted, and that all of it can be read.
        }

        var length = LengthWith(entry, body.Length);
        if (length == long.MaxValue)
            throw new InvalidOperationException("The segment has no room for the batch.");

        if (Continued(entry) is not { } run)
        {
            if (_open.TryGetValue(entry.Stream, out var before) && before.End > entry.Lsn)
                throw new InvalidOperationException($"Batch {entry.Lsn} of stream {entry.Stream} comes behind {before.End}.");

            run = new SegmentRunBuilder(entry.Stream, place, entry.Lsn, entry.Timestamp);
            _runs.Add(run);
            _open[entry.Stream] = run;
        }

        run.Add(_arena, entry, body, frames.Timestamp);
        Length = length;
    }

    /// <summary>Ends the segment, once, when it holds something. What it returns is good until the builder is disposed.</summary>
    public FinishedBlob<SegmentRun> Complete()
    {
        if (_runs.Count == 0)
            throw new InvalidOperationException("A segment without records is not written.");

        var blob = new Pieces();
        var header = _arena.TakeWhole(StoreFormat.HeaderLength);
        new BlobHeader(place, _runs.Count, writtenAt).WriteSegment(header);
        blob.Add(header);
        var runs = new SegmentRun[_runs.Count];
        for (var i = 0; i < runs.Length; i++)
            runs[i] = _runs[i].Complete(_arena, blob);

        var directory = SegmentDirectory.Write(runs);
        var end = new BlobEnd(runs.Length, (int)blob.Length, BlobEnd.ChecksumOf(directory, place, blob.Length), blob.Length + directory.Length + BlobEnd.Size);
        blob.Write(_arena, directory);
        return FinishedBlob<SegmentRun>.Of(place, blob, end, _arena, runs);
    }

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();

    private SegmentRunBuilder? Continued(in WalEntry entry) =>
        _open.TryGetValue(entry.Stream, out var run) && run.End == entry.Lsn ? run : null;
}

/// <summary>A segment or pack, ready to be put into a store. Its memory is its builder's.</summary>
/// <param name="Place">What it is.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Digest">The SHA-256 that it ends with.</param>
/// <param name="Parts">What is in it, in the order of writing.</param>
internal sealed record FinishedBlob<TPart>(BlobPlace Place, ReadOnlySequence<byte> Content, byte[] Digest, IReadOnlyList<TPart> Parts)
{
    /// <summary>Adds the end to everything else.</summary>
    internal static FinishedBlob<TPart> Of(in BlobPlace place, Pieces blob, in BlobEnd end, ChunkArena arena, IReadOnlyList<TPart> parts)
    {
        var last = arena.TakeWhole(BlobEnd.Size);
        end.Write(last, place);
        blob.Add(last[..^BlobEnd.DigestLength]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in blob.All)
            hash.AppendData(piece);

        var digest = hash.GetHashAndReset();
        digest.CopyTo(last.AsSpan(BlobEnd.Size - BlobEnd.DigestLength));
        blob.Add(last[^BlobEnd.DigestLength..]);
        return new FinishedBlob<TPart>(place, blob.ToSequence(), digest, parts);
    }
}

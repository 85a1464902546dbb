using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Blobs;

/// <content>What looks.</content>
public sealed partial class FileBlobStore
{
    /// <summary>From this length on a range is read in two halves, and the one that goes on from it begins in between.</summary>
    internal const int LongRead = 256 * 1024;

    /// <inheritdoc/>
    public ValueTask<BlobInfo?> HeadAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        _ = name.Value;
        return Run(name, () => LookAsync(name, () => InfoOf(name), cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobRange> ReadAsync(BlobName name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var path = BlobFileNames.PathOf(name);
        return ReadInTurnAsync();

        async ValueTask<BlobRange> ReadInTurnAsync()
        {
            using var turn = _turns.Take(name, offset, destination.Length);
            await turn.WaitAsync(cancellationToken);
            return await Run(name, () => LookAsync(name, () => Read(turn), cancellationToken), cancellationToken);
        }

        BlobRange Read(BlobReadTurns.Turn turn)
        {
            using var file = Open(path) ?? throw new BlobStoreException(BlobStoreErrorKind.NotFound, $"There is no blob '{name}'.");
            var header = HeaderOf(file, name);
            var wanted = (int)Math.Clamp(header.ContentLength - offset, 0, destination.Length);

            var read = 0;
            if (wanted >= LongRead)
            {
                // By half way the system reads ahead already; and where all is in its memory, two ranges are copied at once.
                read = ReadOn(file, read, wanted / 2);
                turn.End();
            }

            read = ReadOn(file, read, wanted);
            return read == wanted
                ? new BlobRange(read, header.ContentLength, header.Version)
                : throw new BlobStoreException(BlobStoreErrorKind.Damaged, $"The file of the blob '{name}' ends before its content does.");
        }

        int ReadOn(IDiskFile file, int read, int until) =>
            read == until ? read : read + file.ReadFully(BlobFileHeader.Length + offset + read, destination.Span[read..until]);
    }

    /// <inheritdoc/>
    public ValueTask<BlobPage> ListAsync(
        string prefix, string? continuation = null, int limit = BlobPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        BlobPage.Check(prefix, limit);
        return Run(default, ListHereAsync, cancellationToken);

        async Task<BlobPage> ListHereAsync()
        {
            List<BlobListing> found = [.. BlobDirectories.Walk(_disk, prefix, continuation).Take(limit + 1)];
            for (var shard = 0; shard < BlobFileNames.Shards; shard++)
                await SettleAsync(shard, cancellationToken);

            return BlobPage.Of(found, limit);
        }
    }

    /// <summary>Looks at a blob, and waits until what was seen cannot be undone by a crash any more.</summary>
    private async Task<T> LookAsync<T>(BlobName name, Func<T> look, CancellationToken cancellationToken)
    {
        try
        {
            return look();
        }
        finally
        {
            await SettleAsync(BlobFileNames.ShardOf(name), cancellationToken);
        }
    }

    private async ValueTask SettleAsync(int shard, CancellationToken cancellationToken)
    {
        if (!_locks.IsChanging(shard))
            return;

        await _locks.WhenSettledAsync(shard, cancellationToken);
        RequireUsable();
    }

    private BlobInfo? InfoOf(BlobName name)
    {
        using var file = Open(BlobFileNames.PathOf(name));
        return file is null ? null : HeaderOf(file, name) is var header ? new BlobInfo(header.ContentLength, header.Version) : null;
    }

    private IDiskFile? Open(string path)
    {
        try
        {
            return _disk.Open(path, DiskAccess.Read);
        }
        catch (DiskException error) when (error.Failure == DiskFailure.NotFound)
        {
            return null;
        }
    }

    private static BlobFileHeader HeaderOf(IDiskFile file, BlobName name)
    {
        Span<byte> first = stackalloc byte[BlobFileHeader.Length];
        var read = file.ReadFully(0, first);
        return BlobFileHeader.TryRead(first[..read], file.Length, out var reason)
            ?? throw new BlobStoreException(BlobStoreErrorKind.Damaged, $"The file of the blob '{name}' {reason}.");
    }
}

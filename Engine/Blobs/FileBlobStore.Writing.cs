using System.Buffers;
using System.Collections.Concurrent;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Blobs;

/// <content>What changes names.</content>
public sealed partial class FileBlobStore
{
    /// <summary>Between two writes of this size a cancellation is noticed.</summary>
    private const int WriteSize = 4 * 1024 * 1024;

    /// <summary>Directories whose own names are durable.</summary>
    private readonly ConcurrentDictionary<string, bool> _durableDirectories = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<BlobVersion> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken = default)
    {
        var (path, header) = (BlobFileNames.PathOf(name), new BlobFileHeader(1, _host.NewNumber(), content.Length));
        return Run(name, () => WriteAsync(name, header, content, RequireAbsent, cancellationToken), cancellationToken);

        void RequireAbsent()
        {
            if (_disk.Exists(path))
                throw new BlobStoreException(BlobStoreErrorKind.Exists, $"There is a blob '{name}' already.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<BlobVersion> ReplaceIfMatchAsync(
        BlobName name, ReadOnlySequence<byte> content, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        _ = name.Value;
        var header = new BlobFileHeader((BlobFileHeader.CounterOf(expected) ?? 0) + 1, _host.NewNumber(), content.Length);
        return Run(name, () => WriteAsync(name, header, content, () => RequireMatch(name, expected), cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(BlobName name, CancellationToken cancellationToken = default)
    {
        var path = BlobFileNames.PathOf(name);
        return Run(name, DeleteHereAsync, cancellationToken);

        async Task<bool> DeleteHereAsync()
        {
            var shard = BlobFileNames.ShardOf(name);
            using var held = await _locks.EnterAsync(shard, cancellationToken);
            if (!_disk.Exists(path))
            {
                FlushIfThere(path);
                return false;
            }

            Change(shard, path, () => _disk.Delete(path));
            return true;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteIfMatchAsync(BlobName name, BlobVersion expected, CancellationToken cancellationToken = default)
    {
        var path = BlobFileNames.PathOf(name);
        await Run(name, DeleteHereAsync, cancellationToken);

        async Task<bool> DeleteHereAsync()
        {
            var shard = BlobFileNames.ShardOf(name);
            using var held = await _locks.EnterAsync(shard, cancellationToken);
            RequireDurably(path, () => RequireMatch(name, expected));
            Change(shard, path, () => _disk.Delete(path));
            return true;
        }
    }

    private void RequireMatch(BlobName name, BlobVersion expected)
    {
        if (InfoOf(name)?.Version is not { } present || present != expected)
            throw new BlobStoreException(BlobStoreErrorKind.ConditionFailed, $"The blob '{name}' is not of version '{expected}'.");
    }

    private async Task<BlobVersion> WriteAsync(
        BlobName name, BlobFileHeader header, ReadOnlySequence<byte> content, Action requireCondition, CancellationToken cancellationToken)
    {
        var (path, shard) = (BlobFileNames.PathOf(name), BlobFileNames.ShardOf(name));
        var directory = BlobFileNames.DirectoryOf(path);
        var temporary = _writer.NextTemporary(directory);
        try
        {
            // A write that will be refused is better refused before it has gone to the disk.
            if (IsRefused(requireCondition))
            {
                using var early = await _locks.EnterAsync(shard, cancellationToken);
                RequireDurably(path, requireCondition);
            }

            MakeDirectory(directory);
            WriteFile(temporary, header, content, cancellationToken);
            using var held = await _locks.EnterAsync(shard, cancellationToken);
            RequireDurably(path, requireCondition);
            Change(shard, path, () => _disk.Rename(temporary, path));
            return header.Version;
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    private static bool IsRefused(Action requireCondition)
    {
        try
        {
            requireCondition();
            return false;
        }
        catch (BlobStoreException)
        {
            return true;
        }
    }

    /// <summary>A refusal tells the caller what stands in the way. A process that died may have left that unflushed, and the caller may build on it.</summary>
    private void RequireDurably(string path, Action requireCondition)
    {
        try
        {
            requireCondition();
        }
        catch (BlobStoreException)
        {
            FlushIfThere(path);
            throw;
        }
    }

    /// <summary>Under the lock of the shard: changes a name and makes that durable; until then nobody in this process is shown it.</summary>
    private void Change(int shard, string path, Action change)
    {
        RequireUsable();
        _locks.BeginChange(shard);
        try
        {
            change();
        }
        catch
        {
            _locks.EndChange(shard);
            throw;
        }

        FlushDirectory(BlobFileNames.DirectoryOf(path));
        _locks.EndChange(shard);
    }

    private void WriteFile(string path, BlobFileHeader header, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        using var file = _disk.Create(path);
        Span<byte> first = stackalloc byte[BlobFileHeader.Length];
        header.WriteTo(first);
        file.Write(0, first);
        long offset = BlobFileHeader.Length;
        foreach (var memory in content)
        {
            for (var rest = memory.Span; rest.Length > 0; rest = rest[Math.Min(WriteSize, rest.Length)..])
            {
                cancellationToken.ThrowIfCancellationRequested();
                var part = rest[..Math.Min(WriteSize, rest.Length)];
                file.Write(offset, part);
                offset += part.Length;
            }
        }

        file.Flush();
    }

    private void MakeDirectory(string directory)
    {
        if (directory.Length == 0 || _durableDirectories.ContainsKey(directory))
            return;

        // One that is there may be of a process that died before the flush.
        var parent = BlobFileNames.DirectoryOf(directory);
        MakeDirectory(parent);
        _disk.CreateDirectory(directory);
        FlushDirectory(parent);
        _durableDirectories.TryAdd(directory, true);
    }

    private void FlushIfThere(string path)
    {
        var directory = BlobFileNames.DirectoryOf(path);
        if (directory.Length == 0 || _disk.ListDirectories(BlobFileNames.DirectoryOf(directory)).Contains(directory[(directory.LastIndexOf('/') + 1)..]))
            FlushDirectory(directory);
    }

    private void DeleteQuietly(string temporary)
    {
        try
        {
            _disk.Delete(temporary);
        }
        catch (DiskException)
        {
            // The next one to open the store sweeps it.
        }
    }
}

using System.Buffers;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Puts a blob and reads it back, all of it, since what the store has is all that will be left. A put whose outcome is not known is settled by that reading. Safe for use by several threads.
/// </summary>
internal sealed class BlobUpload(IBlobStore store, UploadPace pace, OffloadSabotage sabotage)
{
    private const int Piece = 1024 * 1024;

    /// <summary>Writes a blob whose name was never used.</summary>
    public async Task PutAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        await pace.WaitAsync(content.Length, cancellationToken);
        try
        {
            await store.PutIfAbsentAsync(name, content, cancellationToken);
        }
        catch (BlobStoreException error) when (error.OutcomeUnknown)
        {
            // If it did not arrive, reading it back will say so.
        }
    }

    /// <summary>Throws <see cref="BlobStoreException"/> unless the store gives back byte for byte what was written.</summary>
    public async Task VerifyAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        if (sabotage.Has(OffloadSabotage.SkipReadBack) || (sabotage.Has(OffloadSabotage.TrustUnverifiedSnapshot) && name.Value.StartsWith("snapshots/", StringComparison.Ordinal)))
            return;

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Piece, content.Length));
        try
        {
            for (long offset = 0; offset < content.Length;)
            {
                var wanted = (int)Math.Min(buffer.Length, content.Length - offset);
                var read = await store.ReadAsync(name, offset, buffer.AsMemory(0, wanted), cancellationToken);
                if (read.Length != content.Length || read.Count != wanted || !IsSame(content.Slice(offset, wanted), buffer))
                    throw new BlobStoreException(BlobStoreErrorKind.Damaged, $"Blob '{name}' does not read back as it was written, at {offset} of {content.Length} bytes.");

                offset += wanted;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsSame(ReadOnlySequence<byte> written, ReadOnlySpan<byte> read)
    {
        foreach (var memory in written)
        {
            if (!memory.Span.SequenceEqual(read[..memory.Length]))
                return false;

            read = read[memory.Length..];
        }

        return true;
    }
}

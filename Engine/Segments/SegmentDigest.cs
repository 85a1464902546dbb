using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Orleans.Log.Engine.Segments;

/// <summary>
/// Verifies a segment or pack that is read back from its beginning to its end, in pieces of any size: that it is byte for byte what was
/// written, which is known by its length and by the digest that ends it. For one thread; used once.
/// </summary>
/// <param name="length">Its length.</param>
/// <param name="digest">The digest that was computed when it was written, 32 bytes; empty to take the one that it ends with at its word.</param>
internal sealed class SegmentDigest(long length, ReadOnlySpan<byte> digest) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _wanted = digest.ToArray();
    private readonly byte[] _end = new byte[BlobEnd.DigestLength];
    private long _taken;

    /// <summary>Takes the next piece.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        var content = Math.Clamp(length - BlobEnd.DigestLength - _taken, 0, piece.Length);
        _hash.AppendData(piece[..(int)content]);
        _taken += content;
        piece = piece[(int)content..];
        if (piece.IsEmpty)
            return;

        var at = _taken - (length - BlobEnd.DigestLength);
        if (at >= 0 && piece.Length <= _end.Length - at)
            piece.CopyTo(_end.AsSpan((int)at));

        _taken += piece.Length;
    }

    /// <summary>Was it whole, and what was written?</summary>
    public bool Complete() =>
        _taken == length
        && _hash.GetHashAndReset().AsSpan() is var found
        && found.SequenceEqual(_end)
        && (_wanted.Length == 0 || found.SequenceEqual(_wanted));

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}

using System.Buffers.Binary;
using System.Text;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Replication;

/// <summary>The body of a term or a seal: none.</summary>
internal readonly struct EmptyBody : IWalBody
{
    /// <inheritdoc/>
    public int Length => 0;

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination)
    {
        // There is nothing to write.
    }
}

/// <summary>The body of a trim: the new head.</summary>
internal readonly struct TrimBody(long head) : IWalBody
{
    /// <inheritdoc/>
    public int Length => sizeof(long);

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination) => BinaryPrimitives.WriteInt64LittleEndian(destination, head);

    /// <summary>The new head.</summary>
    public static long Read(ReadOnlySpan<byte> body) =>
        body.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(body) : throw ControlBody.Malformed("trim");
}

/// <summary>The body of a fence: the token, already encoded.</summary>
internal readonly struct FenceBody(byte[] token) : IWalBody
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public int Length => token.Length;

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination) => token.CopyTo(destination);

    /// <summary>The token as bytes; throws <see cref="LogException"/> if it is too long or not text.</summary>
    public static byte[] Encode(string token)
    {
        byte[] bytes;
        try
        {
            bytes = Strict.GetBytes(token);
        }
        catch (EncoderFallbackException error)
        {
            throw new LogException(LogErrorCode.BadRequest, "The fencing token is not well-formed Unicode.", default, error);
        }

        return bytes.Length <= Limits.FencingTokenBytes
            ? bytes
            : throw new LogException(
                LogErrorCode.TooLarge,
                $"A fencing token has at most {Limits.FencingTokenBytes} bytes.",
                new LogErrorFacts(Limit: Limits.FencingTokenBytes, Unit: "bytes"));
    }

    /// <summary>The token.</summary>
    public static string Read(ReadOnlySpan<byte> body) =>
        body.Length <= Limits.FencingTokenBytes ? Encoding.UTF8.GetString(body) : throw ControlBody.Malformed("fence");
}

/// <summary>The body of a producer expiry: the ids that are forgotten.</summary>
internal readonly struct ProducerExpiryBody(IReadOnlyList<string> ids) : IWalBody
{
    /// <inheritdoc/>
    public int Length => ids.Sum(static id => 1 + id.Length);

    /// <inheritdoc/>
    public void WriteTo(Span<byte> destination)
    {
        foreach (var id in ids)
        {
            destination[0] = (byte)id.Length;
            Encoding.ASCII.GetBytes(id, destination[1..]);
            destination = destination[(1 + id.Length)..];
        }
    }

    /// <summary>The ids.</summary>
    public static IEnumerable<string> Read(ReadOnlySpan<byte> body)
    {
        var ids = new List<string>();
        while (!body.IsEmpty)
        {
            var length = body[0];
            if (length is 0 or > Limits.ProducerIdLength || length >= body.Length)
                throw ControlBody.Malformed("producer expiry");

            ids.Add(Encoding.ASCII.GetString(body.Slice(1, length)));
            body = body[(1 + length)..];
        }

        return ids;
    }
}

/// <summary>What the bodies of control entries share.</summary>
internal static class ControlBody
{
    /// <summary>A body whose checksum holds and that still is not what its type says.</summary>
    public static LogException Malformed(string type) => new(LogErrorCode.Corrupt, $"The body of a {type} entry is malformed.");
}

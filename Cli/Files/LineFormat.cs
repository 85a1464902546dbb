using System.Text;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Files;

/// <summary>
/// How the bytes of a file become records and come back (docs/CLI.md, "import and export"). A record is a line without its LF; a CR
/// belongs to the record. A record that carries the header <c>olog-eol: none</c> had no LF behind it: the last line of a file that does
/// not end in LF, and every piece but the last of a line longer than a record may be. Export writes every payload and, unless the
/// header is there, an LF: so any sequence of bytes comes back as it was, and what was imported line by line reads line by line.
/// </summary>
internal static class LineFormat
{
    /// <summary>Line end.</summary>
    public const byte Lf = (byte)'\n';

    /// <summary>Most records of one batch of an import.</summary>
    public const int BatchRecords = 1_000;

    /// <summary>A batch takes no further record once it has this many bytes: large enough that a flush is shared by many lines.</summary>
    public const int BatchBytes = 256 * 1024;

    private static readonly byte[] HeaderName = "olog-eol"u8.ToArray();
    private static readonly byte[] HeaderValue = "none"u8.ToArray();

    /// <summary>Headers of a record without LF.</summary>
    public static ReadOnlyMemory<LogHeader> NoLf { get; } = new[] { new LogHeader(HeaderName, HeaderValue) };

    /// <summary>What the header costs of a record's limit, in bytes.</summary>
    public static int HeaderBytes => HeaderName.Length + HeaderValue.Length + WireLimits.HeaderOverheadBytes;

    /// <summary>Longest payload of an imported record, for a stream with this limit on its records.</summary>
    public static int PieceBytes(int maxRecordBytes)
    {
        var bytes = maxRecordBytes - HeaderBytes;
        return bytes > 0
            ? bytes
            : throw new CliException(
                Terminal.ExitCode.Usage, $"The stream takes records of at most {maxRecordBytes} bytes; an import needs at least {HeaderBytes + 1}.");
    }

    /// <summary>Was there an LF behind this record?</summary>
    public static bool EndsLine(IReadOnlyList<LogHeader> headers)
    {
        foreach (var header in headers)
        {
            if (header.Name.Span.SequenceEqual(HeaderName) && header.Value.Span.SequenceEqual(HeaderValue))
                return false;
        }

        return true;
    }

    /// <summary>Goes into the identity of an import, so that an import cut by other rules is never taken for the same one.</summary>
    public static byte[] Rules(int pieceBytes) =>
        Encoding.ASCII.GetBytes(FormattableString.Invariant($"olog lines v1 {BatchRecords} {BatchBytes} {pieceBytes}\n"));
}

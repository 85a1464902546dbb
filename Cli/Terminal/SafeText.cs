using System.Buffers;
using System.Globalization;
using System.Text;

namespace Orleans.Log.Cli.Terminal;

/// <summary>
/// Payloads as text for a terminal. What a stream holds is foreign: control characters in it could move the cursor, rewrite earlier
/// lines or run terminal commands, and direction marks could make a line read as something else, so both are shown as escapes.
/// </summary>
internal static class SafeText
{
    private static readonly SearchValues<char> Backslash = SearchValues.Create("\\");

    /// <summary>The payload as one line; bytes that are not UTF-8 come out as \xNN.</summary>
    public static string Of(ReadOnlySpan<byte> payload)
    {
        var text = new StringBuilder(payload.Length);
        while (!payload.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(payload, out var rune, out var used) != OperationStatus.Done)
            {
                foreach (var raw in payload[..used])
                    text.Append(CultureInfo.InvariantCulture, $"\\x{raw:x2}");
            }
            else
            {
                Append(text, rune);
            }

            payload = payload[used..];
        }

        return text.ToString();
    }

    /// <summary>Text from a server or a file name, made harmless in the same way.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.Control when rune.Value == '\t':
                text.Append("\\t");
                break;
            case UnicodeCategory.Control when rune.Value == '\r':
                text.Append("\\r");
                break;
            case UnicodeCategory.Control when rune.Value == '\n':
                text.Append("\\n");
                break;
            case UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
                break;
            default:
                if (rune.IsBmp && Backslash.Contains((char)rune.Value))
                    text.Append('\\');

                text.Append(rune.ToString());
                break;
        }
    }
}

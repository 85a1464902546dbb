using System.Buffers;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client.Http;

/// <summary>Checked before a name becomes part of a URL, where dots and slashes would make it another address.</summary>
internal static class StreamNames
{
    private const int MaxLength = 256;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:~-");

    public static string Checked(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(name[0]) || name.AsSpan().ContainsAnyExcept(Allowed))
        {
            throw new LogClientException(
                WireErrors.BadRequest,
                "A stream name has 1 to 256 characters of A-Z a-z 0-9 . _ : ~ - and starts with a letter or a digit.");
        }

        return name;
    }
}

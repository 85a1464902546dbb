using System.Buffers;
using System.Globalization;

namespace Orleans.Log.Client.Appending;

/// <summary>The identities under which appenders write.</summary>
public static class ProducerIds
{
    /// <summary>Longest one, in characters.</summary>
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:~-");

    /// <summary>The id, if it is one.</summary>
    /// <exception cref="LogClientException"><c>bad_request</c>.</exception>
    public static string Checked(string id) =>
        id.Length is 0 or > MaxLength || id.AsSpan().ContainsAnyExcept(Allowed)
            ? throw new LogClientException(LogClientErrors.BadRequest, "A producer id has 1 to 64 characters of A-Z a-z 0-9 . _ : ~ -")
            : id;

    /// <summary>A new one: 96 random bits, in hexadecimal, enough that no two appenders ever share them.</summary>
    /// <param name="random">Gives numbers from 0 up to, not including, 1.</param>
    public static string New(Func<double> random)
    {
        Span<uint> bits = [Draw(), Draw(), Draw()];
        return string.Create(CultureInfo.InvariantCulture, $"{bits[0]:x8}{bits[1]:x8}{bits[2]:x8}");

        uint Draw() => (uint)(random() * (1L << 32));
    }
}

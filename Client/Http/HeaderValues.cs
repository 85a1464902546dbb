using System.Buffers;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client.Http;

/// <summary>Checked before a text becomes a header, where it could be cut, changed, or end the header.</summary>
internal static class HeaderValues
{
    private const int ProducerIdLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:~-");

    /// <summary>A fencing token that arrives as it was given. (The server bounds its length.)</summary>
    public static string Token(string token) =>
        token.Any(char.IsControl) || token != token.Trim()
            ? throw Bad("A fencing token that is to be sent has no control characters, and no white space at its ends.")
            : token;

    /// <summary>A producer id.</summary>
    public static string ProducerId(string id) =>
        id.Length is 0 or > ProducerIdLength || id.AsSpan().ContainsAnyExcept(Allowed)
            ? throw Bad("A producer id has 1 to 64 characters of A-Z a-z 0-9 . _ : ~ -")
            : id;

    private static LogClientException Bad(string message) => new(WireErrors.BadRequest, message);
}

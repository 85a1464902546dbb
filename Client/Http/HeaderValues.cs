using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client.Http;

/// <summary>Checked before a text becomes a header, where it could be cut, changed, or end the header.</summary>
internal static class HeaderValues
{
    /// <summary>A fencing token that arrives as it was given. (The server bounds its length.)</summary>
    public static string Token(string token) =>
        token.Any(char.IsControl) || token != token.Trim()
            ? throw new LogClientException(
                WireErrors.BadRequest, "A fencing token that is to be sent has no control characters, and no white space at its ends.")
            : token;
}

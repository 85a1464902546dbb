namespace Orleans.Log;

/// <summary>The one rule for the text of fencing tokens, beside their length.</summary>
public static class FencingTokens
{
    /// <summary>
    /// The reason not to set this token, or null. Appends carry the token in a header, which has no control characters and loses white
    /// space at its ends: no append could ever match. Does not hold for a token that is set already, or expected.
    /// </summary>
    public static LogException? Refuse(string token) => token.AsSpan().Trim().Length != token.Length || token.Any(char.IsControl)
        ? new LogException(LogErrorCode.BadRequest, "A fencing token has no control characters, and no white space at its ends: no header could carry it.")
        : null;
}

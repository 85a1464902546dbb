using Microsoft.Extensions.Options;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Bounds what all connections together hold of pages that their readers have not taken yet. A page is in memory until the last of it is in the connection's buffer, so many slow readers
/// could otherwise hold one of megabytes each.
/// </summary>
internal sealed class PageBudget(IOptions<OrleansLogEndpointOptions> options) : ByteBudget(options.Value.ResponseBodyBytes)
{
    /// <summary>Pages are never made smaller than this, in bytes as pages are counted.</summary>
    public const int LeastBytes = 8 * 1024;

    // No page takes more than this part of what is left: the next ones have room too, and the fuller it is, the less a page takes.
    private const int Part = 8;

    /// <summary>Bytes that a page may have now: those wanted, or fewer. Holds nothing, because a reader may wait at the tail for long.</summary>
    public int Fit(int wanted) => (int)Math.Min(wanted, Math.Max(LeastBytes, Left / Part));

    /// <summary>Holds a page; throws <see cref="LogErrorCode.Overloaded"/> if there is no room for it.</summary>
    public void Hold(ref long held, long bytes)
    {
        if (!TryHold(ref held, bytes))
            throw new LogException(LogErrorCode.Overloaded, "The server holds as many bytes of answers as it may.", new LogErrorFacts(Reason: Reasons.Pages));
    }
}

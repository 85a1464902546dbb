using Microsoft.Extensions.Options;

namespace Orleans.Log.Api.Endpoints.Bodies;

/// <summary>
/// Bounds what all requests together hold of their bodies: a batch is whole before the log is asked for a permit, so many slow uploads
/// could otherwise fill memory without ever being admitted. Safe for use by any number of threads.
/// </summary>
internal sealed class BodyBudget(IOptions<OrleansLogEndpointOptions> options)
{
    private readonly long _limit = options.Value.RequestBodyBytes;
    private long _held;

    /// <summary>Changes what one request holds; false, and no change, if there is no room for more.</summary>
    public bool TryHold(ref long held, long bytes)
    {
        var more = bytes - held;
        if (more == 0)
            return true;

        if (Interlocked.Add(ref _held, more) > _limit && more > 0)
        {
            Interlocked.Add(ref _held, -more);
            return false;
        }

        held = bytes;
        return true;
    }

    /// <summary>One request holds nothing any more.</summary>
    public void Release(ref long held)
    {
        Interlocked.Add(ref _held, -held);
        held = 0;
    }
}

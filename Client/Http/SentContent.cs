using System.Net;
using System.Net.Http.Headers;

namespace Orleans.Log.Client.Http;

/// <summary>
/// A body in memory that tells how far it got: whether any of it may have left, and when all of it is in the hands of the
/// operating system.
/// </summary>
internal sealed class SentContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly TaskCompletionSource? _handedOver;

    public SentContent(ReadOnlyMemory<byte> body, string mediaType, TaskCompletionSource? handedOver = null)
    {
        _body = body;
        _handedOver = handedOver;
        Headers.ContentType = new MediaTypeHeaderValue(mediaType);
    }

    /// <summary>Some of the body may have gone out.</summary>
    public bool Started { get; private set; }

    /// <summary>The connection broke before all of it was out; what the server said before that may still be read. The last failure, or null.</summary>
    public IOException? Break { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        (Started, Break) = (true, null);
        try
        {
            await stream.WriteAsync(_body, cancellationToken);
            if (_handedOver is null)
                return;

            // The connection keeps a write buffer of its own; flushed, the request stands before any that is sent after this.
            await stream.FlushAsync(cancellationToken);
            _handedOver.TrySetResult();
        }
        catch (IOException e)
        {
            // A server that refuses a body need not read it to its end. HttpClient does not look for an answer once sending has failed; it does if the
            // body is over, and finds the refusal, or that there is nothing.
            Break = e;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

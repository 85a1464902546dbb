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

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Started = true;
        await stream.WriteAsync(_body, cancellationToken);
        if (_handedOver is null)
            return;

        // The connection keeps a write buffer of its own; flushed, the request stands before any that is sent after this.
        await stream.FlushAsync(cancellationToken);
        _handedOver.TrySetResult();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}

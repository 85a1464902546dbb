using System.Globalization;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client.Appending;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client;

/// <summary>What must hold for an append to be taken. A batch that is refused had no effect.</summary>
public sealed record AppendConditions
{
    /// <summary>Append only if this is the tail, else <c>append_condition_failed</c>.</summary>
    public long? ExpectedTail { get; init; }

    /// <summary>The writer's token, if the stream has one, else <c>fenced</c>.</summary>
    public string? FencingToken { get; init; }

    /// <summary>Identity of the batch: the stream answers a repetition with the original positions.</summary>
    public ProducerStamp? Producer { get; init; }

    internal void AddTo(HttpRequestMessage request)
    {
        if (ExpectedTail is { } tail)
            request.Headers.TryAddWithoutValidation("If-Match", string.Create(CultureInfo.InvariantCulture, $"\"{tail}\""));
        if (FencingToken is { } token)
            request.Headers.TryAddWithoutValidation(WireHeaders.FencingToken, HeaderValues.Token(token));
        Producer?.AddTo(request);
    }
}

/// <summary>Identity of one batch of one producer.</summary>
/// <param name="Id">1 to 64 characters of A-Z a-z 0-9 . _ : ~ -</param>
/// <param name="Epoch">From 0; a higher one starts again at sequence 0 and shuts out the lower ones for good.</param>
/// <param name="Sequence">0, 1, 2 … within the epoch, without gaps.</param>
public sealed record ProducerStamp(string Id, int Epoch, long Sequence)
{
    internal void AddTo(HttpRequestMessage request)
    {
        AddOwnerTo(request);
        request.Headers.TryAddWithoutValidation(WireHeaders.ProducerSequence, Sequence.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Whose batch it is, without its number.</summary>
    internal void AddOwnerTo(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(WireHeaders.ProducerId, ProducerIds.Checked(Id));
        request.Headers.TryAddWithoutValidation(WireHeaders.ProducerEpoch, Epoch.ToString(CultureInfo.InvariantCulture));
    }
}

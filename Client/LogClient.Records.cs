using System.Net.Http.Headers;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Client.Appending;
using Orleans.Log.Client.Http;

namespace Orleans.Log.Client;

// What is in a stream: append, read, tail, trim, fence, seal; and how appenders are made.
public sealed partial class LogClient
{
    /// <summary>
    /// Appends one batch: durable when the task ends. One attempt: after a failure whose side effects are possible, only a
    /// <see cref="AppendConditions.Producer"/> makes a repetition harmless; <see cref="LogStreamAppender"/> does all of that.
    /// </summary>
    public async Task<AppendAck> AppendAsync(
        string stream,
        ReadOnlyMemory<NewRecord> batch,
        AppendConditions? conditions = null,
        CancellationToken cancellationToken = default)
    {
        // Not given back to the pool: after a failure the connection may still hold it.
        var body = BatchEncoding.Encode(batch.Span, BatchBounds.Measure(batch.Span));
        using var content = new SentContent(body.Memory, WireMediaTypes.Frames);
        using var request = Request(HttpMethod.Post, WireRoutes.Records(StreamNames.Checked(stream)), content);
        conditions?.AddTo(request);
        var answer = await _calls.JsonAsync(request, WireJson.Default.AppendedBody, cancellationToken);
        body.Dispose();
        return new AppendAck(answer.Start, answer.End, answer.Tail, answer.Duplicate);
    }

    /// <summary>
    /// Reads one page. A start at the tail gives an empty page; one beyond it is <c>unwritten</c> and one below the head <c>trimmed</c>,
    /// unless <see cref="ReadOptions.Clamp"/> or, for the first, <see cref="ReadOptions.Wait"/> says otherwise.
    /// </summary>
    public Task<RecordPage> ReadAsync(
        string stream,
        ReadStart start,
        ReadOptions? options = null,
        CancellationToken cancellationToken = default) =>
        ReadPageAsync(stream, start, options ?? ReadOptions.Default, cancellationToken);

    /// <summary>Head and tail, at least as far as everything that was acknowledged before the call.</summary>
    public Task<TailBody> CheckTailAsync(string stream, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, WireRoutes.Tail(StreamNames.Checked(stream)), WireJson.Default.TailBody, cancellationToken);

    /// <summary>Gives up everything below <paramref name="before"/>, which may be the tail; beyond it is <c>unwritten</c>.</summary>
    public Task<CommandBody> TrimAsync(string stream, long before, CancellationToken cancellationToken = default) =>
        CallAsync(
            HttpMethod.Post,
            WireRoutes.Trim(StreamNames.Checked(stream)),
            WireJson.Default.CommandBody,
            cancellationToken,
            HttpCalls.JsonContent(new TrimBody { Before = before }, WireJson.Default.TrimBody, WireMediaTypes.Json));

    /// <summary>
    /// Sets the fencing token: from now on only appends that carry it are taken. Empty removes it. With <paramref name="expected"/> only
    /// if that is the present one (empty: none is set), else <c>fenced</c>. Setting the present token has no effect, whatever is expected:
    /// a call whose answer was lost may be repeated.
    /// </summary>
    public Task<CommandBody> FenceAsync(string stream, string token, string? expected = null, CancellationToken cancellationToken = default) =>
        CallAsync(
            HttpMethod.Post,
            WireRoutes.Fence(StreamNames.Checked(stream)),
            WireJson.Default.CommandBody,
            cancellationToken,
            HttpCalls.JsonContent(new FenceBody { Token = token, Expected = expected }, WireJson.Default.FenceBody, WireMediaTypes.Json));

    /// <summary>Ends the stream for good at its present tail; reading goes on.</summary>
    public Task<CommandBody> SealAsync(string stream, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, WireRoutes.Seal(StreamNames.Checked(stream)), WireJson.Default.CommandBody, cancellationToken);

    /// <inheritdoc/>
    public async Task<LogStreamAppender> OpenAppenderAsync(
        string stream,
        AppenderOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new AppenderOptions();
        var producer = ProducerIds.Checked(options.ProducerId ?? ProducerIds.New(_options.Random));
        var token = options.FencingToken is null ? null : HeaderValues.Token(options.FencingToken);
        var described = await DescribeStreamAsync(stream, cancellationToken);
        if (described.Sealed)
            throw new LogClientException(WireErrors.StreamSealed, "The stream is sealed.", details: new LogErrorDetails { Tail = described.Tail });

        var target = new AppendTarget(
            described.Id, new Uri(_address + WireRoutes.Records(stream)), cancel => DescribeStreamAsync(stream, cancel), _options.Random);
        var requests = new HttpAppendTransport(_calls, target, producer, options.ProducerEpoch, token);
        if (!_options.Sessions)
            return new LogStreamAppender(stream, producer, requests, options, _backoff);

        // Opened now, so that the first batch does not wait for it.
        var sessions = new SessionAppendTransport(_sessions, requests, new Uri(_address + WireRoutes.Session(stream)), options.ProducerEpoch, token);
        await sessions.OpenAsync(cancellationToken);
        return new LogStreamAppender(stream, producer, sessions, options, _backoff);
    }

    private static LogClientException Replaced(LogClientException? answer = null) =>
        new(LogClientErrors.StreamReplaced, "The stream was deleted; its name belongs to another one now.", details: answer?.Details, innerException: answer);

    private Task<RecordPage> ReadPageAsync(string stream, ReadStart start, ReadOptions options, CancellationToken cancellationToken)
    {
        var path = $"{WireRoutes.Records(StreamNames.Checked(stream))}?{(start.Query + options.Query).TrimStart('&')}";
        return FetchAsync();

        async Task<RecordPage> FetchAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _address + path);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(WireMediaTypes.Frames));
            var calls = options.Wait > TimeSpan.Zero ? _waitingCalls : _calls;
            try
            {
                return await calls.SendAsync(request, RecordPage.ReadAsync, options.Wait, cancellationToken);
            }
            catch (LogClientException e) when (e.Code == WireErrors.StreamNotFound && e.Details.Reason == WireReasons.OtherStream)
            {
                throw Replaced(e);
            }
        }
    }
}

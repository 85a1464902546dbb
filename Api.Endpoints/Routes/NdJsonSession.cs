using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Bodies;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>One streamed append. Used by one request; after a failure it does nothing more than report it.</summary>
internal sealed class NdJsonSession : IAsyncDisposable
{
    private readonly Services _services;
    private readonly HttpContext _context;
    private readonly ILogStream _stream;
    private readonly RequestBody _body;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _onStop;
    private readonly BatchBuilder _batch = new();
    private readonly LineReader _lines;
    private AppendConditions _conditions;
    private Task<ReadResult>? _read;
    private Task<AppendResult>? _inFlight;

    // The first line that is in no acknowledged batch, and the last one of the batch in flight.
    private long _firstOpenLine = 1;
    private long _lastLineInFlight;

    public NdJsonSession(
        Services services, HttpContext context, ILogStream stream, AppendConditions conditions, RequestBody body, CancellationTokenSource stop)
    {
        (_services, _context, _stream, _conditions, _body, _stop) = (services, context, stream, conditions, body, stop);
        _lines = new LineReader(_batch);
        _onStop = stop.Token.UnsafeRegister(static body => ((RequestBody)body!).CancelPendingRead(), body);
    }

    public async Task RunAsync()
    {
        while (true)
        {
            _read ??= _body.ReadAsync(CancellationToken.None).AsTask();
            if (_inFlight is not null)
                await Task.WhenAny(_read, _inFlight);

            if (_inFlight is { IsCompleted: true })
            {
                await AcknowledgeAsync();
                Append();
                continue;
            }

            var result = await _read;
            _read = null;
            if (result.IsCanceled)
            {
                _body.Release(result.Buffer);
                throw new OperationCanceledException(_stop.Token);
            }

            await TakeAsync(result);
            if (_lines.Full && _inFlight is not null)
                await AcknowledgeAsync();

            if (_inFlight is null)
                Append();

            if (_inFlight is null && result is { IsCompleted: true, Buffer.IsEmpty: true })
                break;
        }

        // Not even one record: an answer all the same, of no lines.
        await StartAsync();
    }

    /// <summary>
    /// Says why it ended: as the whole answer if nothing was acknowledged, else as its last line. A batch in flight comes first, because
    /// it will be there: if it fails, that is why it ended.
    /// </summary>
    public async Task FailAsync(Exception failure)
    {
        var exception = Problem.Of(await SettleAsync(failure), _context, _services.Logger);
        if (_context.Response.HasStarted)
        {
            var line = new AppendLineBody { Problem = Problem.Body(exception, _context, line: _firstOpenLine) };
            var bytes = JsonSerializer.SerializeToUtf8Bytes(line, WireJson.Default.AppendLineBody);
            await _context.Response.BodyWriter.WriteAsync((byte[])[.. bytes, (byte)'\n'], _context.RequestAborted);
        }
        else
        {
            await Problem.WriteAsync(_context, exception, line: _firstOpenLine);
        }

        await _context.Response.CompleteAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndReadAsync();
        await _onStop.DisposeAsync();
        _batch.Dispose();
    }

    private async Task<Exception> SettleAsync(Exception failure)
    {
        try
        {
            if (_inFlight is not null)
                await AcknowledgeAsync();

            return failure;
        }
        catch (Exception earlier)
        {
            return earlier;
        }
    }

    // Two readers of one body at once are not allowed, and whoever comes next may be the server.
    private async Task EndReadAsync()
    {
        await _stop.CancelAsync();
        if (_read is null)
            return;

        await ((Task)_read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_read.IsCompletedSuccessfully)
            _body.Release((await _read).Buffer);

        _read = null;
    }

    // Takes lines off what was read. A bad line ends everything, but the good ones before it are appended first.
    private async ValueTask TakeAsync(ReadResult result)
    {
        var rest = result.Buffer;
        try
        {
            _lines.Take(ref rest, result.IsCompleted);
        }
        catch (LogException)
        {
            _body.Release(result.Buffer);
            if (_inFlight is not null)
                await AcknowledgeAsync();

            var bad = _lines.Lines;
            Append(lastLine: bad - 1);
            if (_inFlight is not null)
                await AcknowledgeAsync();

            _firstOpenLine = bad;
            throw;
        }

        // A full batch leaves lines behind, which must come again at once and not only with more.
        _body.AdvanceTo(rest.Start, _lines.Full ? rest.Start : rest.End);
    }

    private void Append() => Append(_lines.Lines);

    private void Append(long lastLine)
    {
        if (_batch.Count == 0)
            return;

        var count = _batch.Count;
        _inFlight = _services.BoundedAsync(_stream.AppendAsync(_batch.Batch, _conditions, _context.RequestAborted)).AsTask();
        _lastLineInFlight = lastLine;
        _batch.Clear();
        if (_conditions.ExpectedTail is { } expected)
            _conditions = _conditions with { ExpectedTail = expected + count };
    }

    private async ValueTask AcknowledgeAsync()
    {
        var result = await _inFlight!;
        _inFlight = null;
        _firstOpenLine = _lastLineInFlight + 1;
        await StartAsync();
        var writer = _context.Response.BodyWriter;
        Write(writer, result);
        await writer.FlushAsync(_context.RequestAborted);
    }

    private async ValueTask StartAsync()
    {
        if (_context.Response.HasStarted)
            return;

        _context.Response.ContentType = WireMediaTypes.NdJson;
        _context.Response.Headers.CacheControl = "no-store";
        await Answer.StartStreamAsync(_context);
    }

    private static void Write(PipeWriter writer, in AppendResult result)
    {
        var span = writer.GetSpan(Answer.AppendedBytes);
        var length = Answer.Write(span, result);
        span[length] = (byte)'\n';
        writer.Advance(length + 1);
    }
}

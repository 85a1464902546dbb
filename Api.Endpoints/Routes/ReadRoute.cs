using System.Buffers;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;
using Orleans.Log.Api.Endpoints.Requests;
using Orleans.Log.Api.Endpoints.Responses;

namespace Orleans.Log.Api.Endpoints.Routes;

/// <summary>Reads records: one page in the form that Accept asks for, or an event stream.</summary>
internal sealed class ReadRoute(Services services, EventStream events)
{
    /// <summary>Bytes of a page whose request does not say (docs/HTTP.md).</summary>
    private const int DefaultBytes = 1024 * 1024;

    public static readonly string[] Given =
        [WireMediaTypes.Json, WireMediaTypes.NdJson, WireMediaTypes.Octets, WireMediaTypes.Frames, WireMediaTypes.EventStream];

    public async Task GetAsync(HttpContext context)
    {
        var name = Services.Name(context);
        var query = new QueryReader(context.Request, ReadQuery.Known);
        var mediaType = Media.OfAnswer(context.Request, Given);
        if (mediaType == WireMediaTypes.EventStream)
        {
            await events.RunAsync(context, name, query);
            return;
        }

        if (mediaType is WireMediaTypes.Octets or WireMediaTypes.Frames)
            ReadQuery.Refuse(query, mediaType, WireRoutes.As);

        var form = ReadQuery.Form(query);
        var request = ReadQuery.Page(query);
        if (mediaType == WireMediaTypes.Octets)
        {
            request = request.MaxRecords == 1 || !query.Has(WireRoutes.Limit)
                ? request with { MaxRecords = 1 }
                : throw Refusal.BadRequest($"As {mediaType} one record can be read; limit must be 1 or absent.");
        }

        context.Response.Headers.Append("Vary", "Accept");
        var id = ReadQuery.StreamIdentity(query);
        var stream = await services.OpenAsync(name, id, context.RequestAborted);
        if (await HistoryTag.AnswerAsync(context, stream, request, mediaType, pinned: id is not null))
            return;

        // A page that may not be as long as what was asked for, because answers fill memory, is determined by more than its request.
        var fit = services.Pages.Fit(request.MaxBytes ?? DefaultBytes);
        var whole = fit == (request.MaxBytes ?? DefaultBytes);
        using var page = await ReadAsync(stream, whole ? request : request with { MaxBytes = fit }, context.RequestAborted);
        long held = 0;
        try
        {
            services.Pages.Hold(ref held, PageWriter.FramesLength(page));
            context.Response.Headers[WireHeaders.StreamId] = stream.Id.ToString();
            HistoryTag.Mark(context.Response, stream, request, page, mediaType, pinned: id is not null, whole);
            await WriteAsync(context.Response, page, mediaType, form, context.RequestAborted);
        }
        finally
        {
            services.Pages.Release(ref held);
        }
    }

    private async ValueTask<ReadPage> ReadAsync(ILogStream stream, ReadRequest request, CancellationToken aborted)
    {
        if (request.Wait == TimeSpan.Zero)
            return await stream.ReadAsync(request, aborted);

        // Once the bound in time has passed nothing is worth waiting for. A wait remains one, so a start beyond the tail stays an empty page.
        var left = Math.Max(1, request.Until - services.Time.GetUtcNow().ToUnixTimeMilliseconds() ?? long.MaxValue);
        if (left < request.Wait.TotalMilliseconds)
            request = request with { Wait = TimeSpan.FromMilliseconds(left) };

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(aborted, services.Stopping);
        return await stream.ReadAsync(request, stop.Token);
    }

    private static async Task WriteAsync(HttpResponse response, ReadPage page, string mediaType, PayloadForm form, CancellationToken cancellationToken)
    {
        Answer.Positions(response, page.Head, page.Tail, page.Sealed);
        response.Headers[WireHeaders.Next] = Answer.Text(page.Next);
        response.ContentType = mediaType;
        var pipe = response.BodyWriter;
        switch (mediaType)
        {
            case WireMediaTypes.NdJson:
                await PageWriter.WriteLinesAsync(pipe, page, form, cancellationToken);
                break;
            case WireMediaTypes.Frames:
                response.ContentLength = PageWriter.FramesLength(page);
                await PageWriter.WriteFramesAsync(pipe, page, cancellationToken);
                break;
            case WireMediaTypes.Octets:
                WriteOctets(response, page);
                break;
            default:
                await PageWriter.WriteJsonAsync(pipe, page, form, cancellationToken);
                break;
        }

        // Before the page goes, so that nothing still refers to its memory.
        await pipe.FlushAsync(cancellationToken);
    }

    private static void WriteOctets(HttpResponse response, ReadPage page)
    {
        if (page.Records.IsEmpty)
        {
            response.StatusCode = StatusCodes.Status204NoContent;
            response.ContentType = null;
            return;
        }

        var record = page.Records.Span[0];
        response.Headers[WireHeaders.Lsn] = Answer.Text(record.Lsn);
        response.Headers[WireHeaders.Timestamp] = Answer.Text(record.Timestamp);
        response.ContentLength = record.Payload.Length;
        response.BodyWriter.Write(record.Payload.Span);
    }
}

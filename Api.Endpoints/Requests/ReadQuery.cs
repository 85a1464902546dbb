using System.Buffers;
using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>How the payload of a record is wanted in JSON.</summary>
internal enum PayloadForm
{
    Text,
    Base64,
    Json,
}

/// <summary>The parameters of a read. Which of them apply depends on the media type of the answer.</summary>
internal static class ReadQuery
{
    /// <summary>Records in a page when nothing is said.</summary>
    public const int DefaultRecords = 1_000;

    private static readonly SearchValues<char> IdentityDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Every parameter that a read knows.</summary>
    public static readonly string[] Known =
    [
        WireRoutes.From, WireRoutes.Since, WireRoutes.Last, WireRoutes.Limit, WireRoutes.MaxBytes, WireRoutes.Until, WireRoutes.Wait,
        WireRoutes.Clamp, WireRoutes.As, WireRoutes.StreamId,
    ];

    /// <summary>Where to start and where to stop, without the bounds of size. Without from, since and last: at the head, wherever it is.</summary>
    public static ReadRequest Range(in QueryReader query)
    {
        var from = query.Number(WireRoutes.From, 0, Limits.Position);
        var since = query.Number(WireRoutes.Since, 0, Limits.Position);
        var last = query.Number(WireRoutes.Last, 0, Limits.Position);
        if ((from is null ? 0 : 1) + (since is null ? 0 : 1) + (last is null ? 0 : 1) > 1)
            throw Refusal.BadRequest("Only one of from, since and last can be given.");

        var start = from is not null ? ReadRequest.FromLsn(from.Value)
            : since is not null ? ReadRequest.Since(since.Value)
            : last is not null ? ReadRequest.LastRecords(last.Value)
            : ReadRequest.FromLsn(0) with { Clamp = true };
        return start with
        {
            Until = query.Number(WireRoutes.Until, 0, Limits.Position),
            Clamp = query.Flag(WireRoutes.Clamp) || start.Clamp,
        };
    }

    /// <summary>A read of one page.</summary>
    public static ReadRequest Page(in QueryReader query) => Range(query) with
    {
        MaxRecords = (int?)query.Number(WireRoutes.Limit, 1, Limits.ReadRecords) ?? DefaultRecords,
        MaxBytes = (int?)query.Number(WireRoutes.MaxBytes, 1, Limits.ReadBytes),
        Wait = TimeSpan.FromSeconds(query.Number(WireRoutes.Wait, 0, (long)Limits.ReadWait.TotalSeconds) ?? 0),
    };

    /// <summary>The identity that the stream must have, or null if any will do.</summary>
    public static string? StreamIdentity(in QueryReader query) => query.Text(WireRoutes.StreamId) switch
    {
        null => null,
        { } id when IsStreamIdentity(id) => id,
        _ => throw Refusal.BadRequest("stream_id has 32 lower-case hexadecimal digits."),
    };

    /// <summary>Whether the text is written as identities of streams are.</summary>
    public static bool IsStreamIdentity(ReadOnlySpan<char> text) =>
        text.Length == 2 * StreamId.Size && !text.ContainsAnyExcept(IdentityDigits);

    /// <summary>The form of payloads in JSON, <c>text</c> if nothing is said.</summary>
    public static PayloadForm Form(in QueryReader query) => query.Text(WireRoutes.As) switch
    {
        null or "text" => PayloadForm.Text,
        "base64" => PayloadForm.Base64,
        "json" => PayloadForm.Json,
        _ => throw Refusal.BadRequest("as must be text, base64 or json."),
    };

    /// <summary>Refuses parameters that mean nothing for the media type that is answered with.</summary>
    public static void Refuse(in QueryReader query, string mediaType, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (query.Has(name))
                throw Refusal.BadRequest($"{name} has no meaning for {mediaType}.");
        }
    }
}

using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>Conditions of appends and of changes, as they stand in headers. A condition that cannot be understood is refused, never ignored.</summary>
internal static class Conditions
{
    private static readonly SearchValues<char> ProducerId =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:~-");

    /// <summary>The conditions of an append: If-Match with the expected tail, the fencing token, the producer's stamp.</summary>
    public static AppendConditions OfAppend(HttpRequest request)
    {
        RefuseIfNoneMatch(request);
        long? expectedTail = Single(request, "If-Match") is { } tag ? Numbers.Parse(Unquoted(tag), "The tail in If-Match", 0, Limits.Position) : null;
        return new AppendConditions(expectedTail, Token(Single(request, WireHeaders.FencingToken)), Producer(request));
    }

    /// <summary>
    /// What holds for every append of a session: the fencing token, and whose stamps it carries. What names one batch (its sequence, the expected
    /// tail) stands with the batch.
    /// </summary>
    public static AppendConditions OfSession(HttpRequest request)
    {
        RefuseAll(request);
        if (Single(request, WireHeaders.ProducerSequence) is not null)
            throw Refusal.BadRequest($"{WireHeaders.ProducerSequence} names one batch; in a session it stands with each.");

        var id = Single(request, WireHeaders.ProducerId);
        var epoch = Single(request, WireHeaders.ProducerEpoch);
        if (id is null != epoch is null)
            throw Refusal.BadRequest($"{WireHeaders.ProducerId} and {WireHeaders.ProducerEpoch} come both or not at all.");

        return new AppendConditions(
            FencingToken: Token(Single(request, WireHeaders.FencingToken)),
            Producer: id is null ? null : Producer(id, epoch!, sequence: "0"));
    }

    /// <summary>Adds what stands in the body; where both say something they must say the same.</summary>
    public static AppendConditions With(this in AppendConditions headers, long? expectedTail, string? fencingToken)
    {
        if (expectedTail is not null && headers.ExpectedTail is not null && expectedTail != headers.ExpectedTail)
            throw Refusal.BadRequest("expected_tail and If-Match do not agree.");
        if (fencingToken is not null && headers.FencingToken is not null && !string.Equals(fencingToken, headers.FencingToken, StringComparison.Ordinal))
            throw Refusal.BadRequest($"fencing_token and {WireHeaders.FencingToken} do not agree.");

        return headers with
        {
            ExpectedTail = expectedTail ?? headers.ExpectedTail,
            FencingToken = Token(fencingToken) ?? headers.FencingToken,
        };
    }

    /// <summary>The condition of a PUT: If-None-Match: * to create only, If-Match: "c7" or * to change only.</summary>
    public static EnsureCondition OfEnsure(HttpRequest request)
    {
        var mustBeNew = Single(request, "If-None-Match") switch
        {
            null => false,
            "*" => true,
            _ => throw Refusal.BadRequest("If-None-Match takes only *."),
        };
        var change = OfChange(request);
        return mustBeNew && (change.MustExist || change.ConfigVersion is not null)
            ? throw Refusal.BadRequest("If-None-Match and If-Match exclude each other.")
            : change with { MustBeNew = mustBeNew };
    }

    /// <summary>The condition of a change: If-Match: "c7" or *.</summary>
    public static EnsureCondition OfChange(HttpRequest request) => Single(request, "If-Match") switch
    {
        null => EnsureCondition.None,
        "*" => new EnsureCondition(MustExist: true),
        { } tag when Unquoted(tag) is ['c', .. var version] => new EnsureCondition(ConfigVersion: Numbers.Parse(version, "The version in If-Match", 0, Limits.Position)),
        _ => throw Refusal.BadRequest("If-Match takes the ETag of the configuration, such as \"c7\", or *."),
    };

    /// <summary>For routes that know no condition.</summary>
    public static void RefuseAll(HttpRequest request)
    {
        RefuseIfNoneMatch(request);
        if (request.Headers.IfMatch.Count > 0)
            throw Refusal.BadRequest("If-Match has no meaning here.");
    }

    /// <summary>A fencing token within its bound.</summary>
    public static string? Token(string? token) =>
        token is not null && Encoding.UTF8.GetByteCount(token) > Limits.FencingTokenBytes
            ? throw Refusal.TooLarge($"A fencing token has at most {Limits.FencingTokenBytes} bytes.", Limits.FencingTokenBytes, "bytes")
            : token;

    /// <summary>The one value of a header, or null if it is absent.</summary>
    public static string? Single(HttpRequest request, string name)
    {
        StringValues values = request.Headers[name];
        return values.Count switch
        {
            0 => null,
            1 => values[0],
            _ => throw Refusal.BadRequest($"{name} is given more than once."),
        };
    }

    private static void RefuseIfNoneMatch(HttpRequest request)
    {
        if (request.Headers.IfNoneMatch.Count > 0)
            throw Refusal.BadRequest("If-None-Match has no meaning here.");
    }

    private static ProducerStamp? Producer(HttpRequest request)
    {
        var id = Single(request, WireHeaders.ProducerId);
        var epoch = Single(request, WireHeaders.ProducerEpoch);
        var sequence = Single(request, WireHeaders.ProducerSequence);
        if (id is null && epoch is null && sequence is null)
            return null;
        if (id is null || epoch is null || sequence is null)
            throw Refusal.BadRequest("The producer headers come all three or not at all.");

        return Producer(id, epoch, sequence);
    }

    private static ProducerStamp Producer(string id, string epoch, string sequence)
    {
        if (id.Length is 0 or > Limits.ProducerIdLength || id.AsSpan().ContainsAnyExcept(ProducerId))
            throw Refusal.BadRequest($"{WireHeaders.ProducerId} has 1 to {Limits.ProducerIdLength} characters of A-Z a-z 0-9 . _ : ~ -");

        return new ProducerStamp(
            id,
            (int)Numbers.Parse(epoch, WireHeaders.ProducerEpoch, 0, int.MaxValue),
            Numbers.Parse(sequence, WireHeaders.ProducerSequence, 0, Limits.Position));
    }

    private static ReadOnlySpan<char> Unquoted(string tag) =>
        tag is ['"', .. var inner, '"'] ? inner : throw Refusal.BadRequest("If-Match takes one tag in double quotes.");
}

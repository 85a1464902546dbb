using Microsoft.AspNetCore.Http;
using Orleans.Log.Api.Endpoints.Problems;

namespace Orleans.Log.Api.Endpoints.Requests;

/// <summary>
/// Query parameters of one request, read strictly: each at most once, and none that the route does not know, because a misspelt bound
/// that is ignored reads something else than was asked for.
/// </summary>
internal readonly struct QueryReader
{
    private readonly IQueryCollection _query;

    public QueryReader(HttpRequest request, ReadOnlySpan<string> known)
    {
        _query = request.Query;
        foreach (var (name, values) in _query)
        {
            if (!known.Contains(name))
                throw Refusal.BadRequest($"The query parameter '{Shown(name)}' is not known here; known are: {string.Join(", ", known!)}.");
            if (values.Count > 1)
                throw Refusal.BadRequest($"The query parameter '{name}' is given more than once.");
        }
    }

    public bool Has(string name) => _query.ContainsKey(name);

    public string? Text(string name) => _query.TryGetValue(name, out var values) ? values.ToString() : null;

    public long? Number(string name, long min, long max) => Text(name) is { } text ? Numbers.Parse(text, name, min, max) : null;

    /// <summary>True if the parameter stands alone or is <c>true</c>.</summary>
    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "" or "true" => true,
        _ => throw Refusal.BadRequest($"{name} must be true or false."),
    };

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "…";
}

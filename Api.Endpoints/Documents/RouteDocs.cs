namespace Orleans.Log.Api.Endpoints.Documents;

/// <summary>What the OpenAPI document says of a route. Attached to the endpoint as metadata; has no influence on its behaviour.</summary>
internal sealed record RouteDocs
{
    /// <summary>Name of the operation, unique.</summary>
    public required string Name { get; init; }

    /// <summary>The group that it is shown in.</summary>
    public required string Tag { get; init; }

    /// <summary>One line.</summary>
    public required string Summary { get; init; }

    /// <summary>What one must know beyond the line.</summary>
    public string? Description { get; init; }

    /// <summary>Query parameters and headers.</summary>
    public IReadOnlyList<ParameterDocs> Parameters { get; init; } = [];

    /// <summary>The body, if the route takes one.</summary>
    public BodyDocs? Body { get; init; }

    /// <summary>What it answers when all goes well.</summary>
    public required IReadOnlyList<AnswerDocs> Answers { get; init; }

    /// <summary>The codes of the problems that it may answer with, beside those that every route may.</summary>
    public IReadOnlyList<LogErrorCode> Problems { get; init; } = [];
}

/// <summary>One parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="InHeader">It is a header, not part of the query.</param>
/// <param name="IsNumber">It is a whole number.</param>
/// <param name="Description">What it means.</param>
internal sealed record ParameterDocs(string Name, bool InHeader, bool IsNumber, string Description)
{
    public static ParameterDocs Query(string name, string description) => new(name, InHeader: false, IsNumber: false, description);

    public static ParameterDocs Number(string name, string description) => new(name, InHeader: false, IsNumber: true, description);

    public static ParameterDocs Header(string name, string description) => new(name, InHeader: true, IsNumber: false, description);
}

/// <summary>A body.</summary>
/// <param name="Required">It must be there.</param>
/// <param name="Content">Its media types, each with its shape, or null if it has none in JSON's terms.</param>
internal sealed record BodyDocs(bool Required, params IReadOnlyList<ContentDocs> Content);

/// <summary>One media type.</summary>
/// <param name="MediaType">Its name.</param>
/// <param name="Shape">The shape in JSON, or null for raw bytes or text.</param>
internal sealed record ContentDocs(string MediaType, Type? Shape = null);

/// <summary>An answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Description">What it means.</param>
/// <param name="Content">Its media types; none for an empty one.</param>
internal sealed record AnswerDocs(int Status, string Description, params IReadOnlyList<ContentDocs> Content);

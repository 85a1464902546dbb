namespace Orleans.Log.AppHost;

/// <summary>The folder that holds the data directories of the nodes, and the shared files if there are any.</summary>
internal static class DataFolder
{
    /// <summary>
    /// A parameter: who deploys says where it is. Here it is <c>.cluster</c> beside the solution, laid out as <c>./cluster</c> lays it out, so that either goes on with what the other has left.
    /// </summary>
    public static IResourceBuilder<ParameterResource> AddDataFolder(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, () => builder.Configuration[$"Parameters:{name}"] ?? Default(builder));

    /// <summary>Where it is if nobody says.</summary>
    public static string Default(IDistributedApplicationBuilder builder) => Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", ".cluster"));
}

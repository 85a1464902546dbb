namespace Orleans.Log.ServiceDefaults;

/// <summary>What is measured and traced in the services of a cluster: our own, Orleans', the web server's and the runtime's.</summary>
public static class ServiceTelemetry
{
    /// <summary>Names of meters.</summary>
    public static IReadOnlyList<string> Meters { get; } =
        ["OrleansLog", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Names of activity sources.</summary>
    public static IReadOnlyList<string> Sources { get; } =
        ["OrleansLog", "Microsoft.Orleans.Application", "Microsoft.Orleans.Runtime", "Microsoft.AspNetCore"];
}

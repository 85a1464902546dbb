namespace Orleans.Log.ServiceDefaults.Telemetry;

/// <summary>Names of the meters and activity sources of every service: the log's own, Orleans', the web server's and the runtime's.</summary>
internal static class TelemetryNames
{
    /// <summary>Names of meters.</summary>
    public static readonly string[] Meters =
        ["OrleansLog", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Names of activity sources. The instrumentation of ASP.NET adds that of the web server.</summary>
    public static readonly string[] Sources = ["OrleansLog", "Microsoft.Orleans.Application", OrleansRuntime];

    /// <summary>Orleans' source for calls of its own interfaces. The log's grains use it as well, because their namespace starts with <c>Orleans</c>.</summary>
    public const string OrleansRuntime = "Microsoft.Orleans.Runtime";

    /// <summary>Start of the names of the log's grain interfaces; a test holds them to it.</summary>
    public const string GrainInterfaces = "ILog";
}

namespace Orleans.Log.Standalone.Metrics;

/// <summary>What is measured and traced: our own, the web server's and the runtime's.</summary>
internal static class Telemetry
{
    public static readonly string[] Meters = ["OrleansLog", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    public static readonly string[] Sources = ["OrleansLog", "Microsoft.AspNetCore"];
}

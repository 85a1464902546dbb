using Orleans.Log.Api.Server;
using Orleans.Log.Engine;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.ServiceDefaults.Metrics;
using Orleans.Log.Standalone.Blobs;
using Orleans.Log.Standalone.Metrics;
using Orleans.Log.Standalone.Settings;
using Orleans.Log.Standalone.Web;

try
{
    if (HelpText.IsAskedFor(args))
        return HelpText.Print();

    var options = SettingSources.Read(args, Environment.GetEnvironmentVariables(), "appsettings.json");
    options.Validate();

    using var metrics = new PrometheusExporter(Telemetry.Meters);
    using var otlp = OtlpExport.StartIfConfigured(Telemetry.Meters, Telemetry.Sources);
    using var logs = WebServer.Logging(options.Server);

    using var blobs = await BlobFolder.OpenAsync(options);
    await using var node = await NodeStart.RunAsync(options, blobs, logs);

    await using var server = WebServer.Build(options.Server, services => services.AddNode(node, options.Node));
    server.MapOrleansLog();
    server.MapHealth(() => NodeHealth.Of(node));
    server.MapMetrics(metrics);
    server.DrainFirst(node);
    await server.RunAsync();
    return ProcessExit.Ok;
}
catch (Exception error)
{
    var (code, message) = ProcessExit.Of(error, NodeExit.CodeOf);
    await Console.Error.WriteLineAsync($"orleans-log: {message}");
    return code;
}

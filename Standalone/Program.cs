using Microsoft.Extensions.Hosting;
using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Metrics;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Standalone;
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

    await using var server = WebServer.Build(options.Server, services => services.AddNode(node));
    server.MapOrleansLog();
    server.MapHealth(() => NodeHealth.Of(node));
    server.MapMetrics(metrics);
    server.DrainFirst(node);
    await server.RunAsync();
    return ExitCode.Ok;
}
catch (Exception error)
{
    var (code, message) = ExitCode.Of(error);
    await Console.Error.WriteLineAsync($"orleans-log: {message}");
    return code;
}

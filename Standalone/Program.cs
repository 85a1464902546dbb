using Orleans.Log;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;
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
    using var logs = WebServer.Logging(options);

    using var blobs = await BlobFolder.OpenAsync(options);
    var host = new LogNodeHost { Disk = HostDisk.Open(options.DataDirectory()), Blobs = blobs, Loggers = logs };
    await using var node = await NodeStart.RunAsync(options, host);

    await using var server = WebServer.Build(options, services => services.AddSingleton<ILogService>(node));
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

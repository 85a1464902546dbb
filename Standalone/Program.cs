using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Connections;
using Orleans.Log.Engine;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Standalone.Blobs;
using Orleans.Log.Standalone.Settings;
using Orleans.Log.Standalone.Web;

try
{
    if (HelpText.IsAskedFor(args))
        return HelpText.Print();

    var options = SettingSources.Read(args, Environment.GetEnvironmentVariables(), "appsettings.json");
    options.Validate();
    using var blobs = await BlobFolder.OpenAsync(options);

    // Built before the node is, so that recovery is measured and logged as everything else; it listens once the node has recovered.
    LogNode? started = null;
    var builder = WebServer.CreateBuilder(options.Server);
    builder.AddServiceDefaults();
    builder.Services.AddNode(() => started!, options.Node);
    await using var server = builder.Build();
    server.StartTelemetry();

    await using var node = started = await NodeStart.RunAsync(options, blobs, server.Services.GetRequiredService<ILoggerFactory>());
    server.MapOrleansLog();
    server.MapHealth(() => NodeHealth.Of(node) with { Connections = ConnectionHealth.Of(server.Services.GetRequiredService<ConnectionBudget>()) });
    server.MapMetrics();
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

using Orleans.Log.Api.Server;
using Orleans.Log.Api.Settings;
using Orleans.Log.Api;
using Orleans.Log.Clustering.Hosts;
using Orleans.Log.ServiceDefaults;

try
{
    var configuration = ApiConfiguration.Read(args);
    var settings = ApiSettings.Of(configuration);

    await using var blobs = await ClusterBlobs.OpenAsync(settings.Blobs);

    var builder = WebServer.CreateBuilder(settings.Server);
    builder.Configuration.AddConfiguration(configuration);
    builder.AddServiceDefaults();
    builder.Logging.AddFilter("Orleans", LogLevel.Warning).AddFilter("Orleans.Log", settings.Server.LogLevel);
    blobs.AddTo(builder.Services);
    builder.UseOrleansClient(client => client.UseConnectionRetryFilter<PatientConnection>());
    builder.Services.AddOrleansLogCluster();
    builder.Services.AddHealthChecks().AddCheck<ClusterCheck>("cluster");

    await using var server = builder.Build();
    server.MapOrleansLog();
    server.MapDefaultEndpoints();
    await server.RunAsync();
    return ProcessExit.Ok;
}
catch (Exception error)
{
    var (code, message) = ProcessExit.Of(error, ClusterExit.CodeOf);
    await Console.Error.WriteLineAsync($"orleans-log-api: {message}");
    return code;
}

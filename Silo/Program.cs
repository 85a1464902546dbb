using Orleans.Log.Clustering.Hosts;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Silo;
using Orleans.Log.Silo.Health;
using Orleans.Log.Silo.Settings;

try
{
    var builder = WebApplication.CreateSlimBuilder(args);
    var settings = SiloConfiguration.Read(builder.Configuration);
    builder.AddServiceDefaults();
    builder.WebHost.UseUrls(settings.Urls);
    FreePorts.Require(builder.Configuration);

    await using var blobs = await ClusterBlobs.OpenAsync(settings.Blobs);
    blobs.AddTo(builder.Services);
    MembershipClock.AddTo(builder.Services);
    builder.UseOrleans(silo => silo.AddOrleansLog(settings.Apply).DetectFailuresQuickly());
    builder.Services.AddHealthChecks()
        .AddCheck<NodeCheck>("node")
        .AddCheck<StoreCheck>("store")
        .AddCheck<MembershipCheck>("membership");

    await using var app = builder.Build();
    app.MapDefaultEndpoints();
    await app.RunAsync();
    return ProcessExit.Ok;
}
catch (Exception error)
{
    var (code, message) = ProcessExit.Of(error, SiloExit.CodeOf);
    await Console.Error.WriteLineAsync($"orleans-log-silo: {message}");
    return code;
}

using Orleans.Log.AppHost;

var builder = DistributedApplication.CreateBuilder(args);

// The nodes' data directories, and the blob store that they share: a folder unless --Blobs is azurite or azure.
var data = builder.AddDataFolder("data");
var blobs = builder.AddBlobStore("blobs", data);

// Silos and clients find each other in the blob store, so a cluster needs no other service.
var orleans = builder.AddOrleans("orleans").WithClusterId("orleans-log").WithServiceId("orleans-log").WithClustering(new OrleansLogClustering());

var silos = new[] { "silo-1", "silo-2", "silo-3" }.Select(name => builder
    .AddService<Projects.Silo>(name)
    .WithReference(orleans)
    .WithNodeIn(data)
    .WithBlobStore(blobs)
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/health", "Health")))
    .ToList();

builder.AddService<Projects.Api>("api", preferredPort: 5075)
    .WithReference(orleans.AsClient())
    .WithBlobStore(blobs)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/console", "Console"))
    .WithSnapshotCommand()
    .WaitForAll(silos);

builder.Build().Run();

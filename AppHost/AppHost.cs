using Orleans.Log.AppHost;

var builder = DistributedApplication.CreateBuilder(args);

// Where the nodes keep their logs, one folder each, and what all of them share: files unless --Blobs says azurite or azure.
var data = builder.AddDataFolder("data");
var blobs = builder.AddBlobStore("blobs", data);

// Silos and clients find each other in the blob store, so that a cluster needs no other service.
var orleans = builder.AddOrleans("orleans").WithClusterId("orleans-log").WithServiceId("orleans-log").WithClustering(new OrleansLogClustering());

var silos = new[] { "silo-1", "silo-2", "silo-3" }.Select(name => builder
    .AddService<Projects.Silo>(name)
    .WithReference(orleans)
    .WithNodeIn(data)
    .WithBlobStore(blobs)
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/health", "Health")))
    .ToList();

builder.AddService<Projects.Api>("api")
    .WithReference(orleans.AsClient())
    .WithBlobStore(blobs)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/console", "Console"))
    .WithSnapshotCommand()
    .WaitForAll(silos);

builder.Build().Run();

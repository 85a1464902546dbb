using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Log.Benchmarks.Cluster;
using Orleans.Log.Client;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Grains;

// One load, three ways to the log, one after the other in rounds: the embedded node, the grains of a running cluster, and its front over HTTP.
if (args is not [var directory, var folder, var cluster, var front, ..])
{
    Console.WriteLine("bench.Cluster DIRECTORY BLOBS CLUSTER FRONT [SECONDS [ROUNDS]]   e.g. /tmp/embedded .cluster/blobs orleans-log http://127.0.0.1:5075");
    return 2;
}

var seconds = args.Length > 4 ? double.Parse(args[4], CultureInfo.InvariantCulture) : 3;
var rounds = args.Length > 5 ? int.Parse(args[5], CultureInfo.InvariantCulture) : 3;

using var host = new HostBuilder()
    .UseOrleansClient(client => client
        .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster))
        .UseOrleansLogClustering(options => options.Folder = folder))
    .Build();
await host.StartAsync();
using var http = new LogClient(new Uri(front));
await using var node = await LogNode.StartAsync(new LogNodeOptions(), new LogNodeHost { Disk = HostDisk.Open(directory) });

var embedded = new LogTarget("embedded", node);
var grains = new LogTarget("grains", new ClusterLogService(host.Services.GetRequiredService<IGrainFactory>(), new ClusterLogOptions(), TimeProvider.System));
ITarget[] targets = [embedded, grains, new HttpTarget(http)];
Workload[] works = [new(1, 1), new(1, 16), new(1, 64), new(16, 64)];
var table = new ResultTable();
for (var round = 0; round < rounds; round++)
{
    foreach (var work in works)
    {
        foreach (var target in targets)
            table.Add(work, target.Name, await Load.RunAsync(target, work, TimeSpan.FromSeconds(seconds)));
    }
}

table.Print(Console.Out, [.. targets.Select(target => target.Name)]);
await host.StopAsync();
return 0;

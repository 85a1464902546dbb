using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Log.Grains.Tests;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Orleans.Log.Clustering.Tests;

/// <summary>Silos and clients that are real hosts, and that know nothing of each other but a folder and the name of the cluster.</summary>
internal sealed class FileCluster : IAsyncDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "olog-cluster-" + Guid.NewGuid().ToString("n"));
    private readonly TestClusterPortAllocator _ports = new();
    private readonly List<IHost> _hosts = [];
    private readonly List<SiloProcess> _processes = [];

    /// <summary>A silo that has joined.</summary>
    public async Task<IHost> StartSiloAsync()
    {
        var (siloPort, gatewayPort) = _ports.AllocateConsecutivePortPairs(1);
        var host = Keep(BuildSilo(_folder, siloPort, gatewayPort));
        await host.StartAsync();
        return host;
    }

    /// <summary>A silo in a process of its own, and its address once it has joined.</summary>
    public async Task<(SiloProcess Process, SiloAddress Address)> StartProcessAsync()
    {
        var (siloPort, gatewayPort) = _ports.AllocateConsecutivePortPairs(1);
        var process = SiloProcess.Start(_folder, siloPort, gatewayPort);
        _processes.Add(process);
        var address = await process.Address.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        return (process, SiloAddress.FromParsableString(address ?? throw new InvalidOperationException("The silo's process ended before it had joined.")));
    }

    /// <summary>A silo that has not started yet.</summary>
    public static IHost BuildSilo(string folder, int siloPort, int gatewayPort)
    {
        var builder = Builder(folder);
        builder.UseOrleans(silo => silo
            .ConfigureServices(KillableMembership.AddTo)
            .Configure<EndpointOptions>(options =>
            {
                options.AdvertisedIPAddress = IPAddress.Loopback;
                options.SiloPort = siloPort;
                options.GatewayPort = gatewayPort;
            })
            .Configure<ClusterMembershipOptions>(static options =>
            {
                options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                options.NumMissedProbesLimit = 2;
                options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
                options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
            }));
        return builder.Build();
    }

    /// <summary>A client that tries until it has found a silo; starting.</summary>
    public (IHost Client, Task Started) BeginClient(Action? onFailure = null)
    {
        var builder = Builder(_folder);
        builder.UseOrleansClient(client => client
            .Configure<GatewayOptions>(static options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1))
            .UseConnectionRetryFilter(async (_, cancellationToken) =>
            {
                onFailure?.Invoke();
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
                return true;
            }));
        var host = Keep(builder.Build());
        return (host, host.StartAsync());
    }

    public static SiloAddress AddressOf(IHost silo) => silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    /// <summary>Waits until a silo sees the members that a test waits for.</summary>
    public static async Task SeesAsync(IHost silo, Func<ClusterMembershipSnapshot, bool> wanted)
    {
        var service = silo.Services.GetRequiredService<IClusterMembershipService>();
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        await foreach (var seen in service.MembershipUpdates.WithCancellation(giveUp.Token))
        {
            if (wanted(seen))
                return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            process.Dispose();

        foreach (var host in _hosts)
        {
            await EndAsync(host);
            host.Dispose();
        }

        _ports.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Ends at once: nobody is left to whom a silo would have to hand anything over.</summary>
    private static async Task EndAsync(IHost host)
    {
        try
        {
            await host.StopAsync(new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            // What would have taken longer was not waited for.
        }
    }

    private IHost Keep(IHost host)
    {
        _hosts.Add(host);
        return host;
    }

    private static HostApplicationBuilder Builder(string folder)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Orleans:ClusterId"] = "Files-1",
            ["Orleans:ServiceId"] = "log",
            ["Orleans:Clustering:ProviderType"] = "OrleansLog",
            ["Orleans:Clustering:Folder"] = folder,
        });
        return builder;
    }
}

using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Log.Client;
using Orleans.Log.Grains;
using Orleans.Messaging;

namespace Orleans.Log.Cluster.Faults;

/// <summary>Three silos and a front as processes on this machine, with a folder for all that they share.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "orleans-log-cluster-" + Path.GetRandomFileName());
    private readonly string _cluster = "faults-" + Guid.NewGuid().ToString("N")[..8];
    private readonly HttpClient _http = new();
    private readonly List<ProgramRun?> _silos = [];
    private readonly List<(int Http, int Silo, int Gateway)> _ports = [];
    private IHost? _grains;

    public ProgramRun Front { get; private set; } = null!;

    /// <summary>The log through the front.</summary>
    public LogClient Client { get; private set; } = null!;

    /// <summary>The log through its grains, as a client of the cluster in this process has it.</summary>
    public ClusterLogService Grains { get; private set; } = null!;

    public int Count => _silos.Count;

    public static async Task<TestCluster> StartAsync(int silos = 3)
    {
        var cluster = new TestCluster();
        try
        {
            for (var i = 0; i < silos; i++)
                await cluster.AddSiloAsync();

            cluster.Front = await ProgramRun.Launch("Api", ProgramRun.FreePort(), cluster.Shared()).ReadyAsync();
            cluster.Client = new LogClient(cluster.Front.Address, new LogClientOptions { MaxRetryDelay = TimeSpan.FromMilliseconds(200) });
            await cluster.ConnectAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public ProgramRun Silo(int number) => _silos[number] ?? throw new InvalidOperationException($"Silo {number} is not running.");

    /// <summary>Where clients of the cluster connect to that silo.</summary>
    public Uri GatewayOf(int number) => new($"gwy.tcp://127.0.0.1:{_ports[number].Gateway}/0");

    /// <summary>One more client of the cluster, which knows the gateways that it is given and no others.</summary>
    public async Task<IHost> ConnectAsync(IGatewayListProvider gateways)
    {
        var client = ClientBuilder(orleans => orleans.Services.AddSingleton(gateways)).Build();
        await client.StartAsync();
        return client;
    }

    /// <summary>Where the silo's node has its log.</summary>
    public string DirectoryOf(int number) => Path.Combine(_root, NameOf(number));

    /// <summary>Starts one more silo, under a name and on a directory of its own, and waits until it is a member that is ready. Returns its number.</summary>
    public async Task<int> AddSiloAsync(params (string Name, string Value)[] settings)
    {
        _silos.Add(null);
        _ports.Add(NewPorts());
        await StartSiloAsync(Count - 1, settings);
        return Count - 1;
    }

    /// <summary>Starts a silo, and waits until it is a member that is ready.</summary>
    public async Task StartSiloAsync(int number, params (string Name, string Value)[] settings) =>
        _silos[number] = await Launch(number, _ports[number], settings).ReadyAsync();

    /// <summary>Starts one more process for a silo's directory, under ports of its own, whatever becomes of it.</summary>
    public ProgramRun LaunchTwin(int number, params (string Name, string Value)[] settings) =>
        Launch(number, NewPorts(), settings);

    /// <summary>How many of all streams live on the silo: asked until the nodes account for each of them, because they tell it with their renewals.</summary>
    public async Task<int> StreamsOnAsync(int number, int all)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var nodes = await NodesAsync(patience.Token);
            if (nodes.Sum(static node => node.Streams) == all)
                return nodes.Single(node => node.Silo == NameOf(number)).Streams;

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }

    /// <summary>What the front says of the nodes, as soon as a silo answers it.</summary>
    public async Task<List<(string Id, string Silo, string State, int Streams)>> NodesAsync(CancellationToken cancellationToken = default)
    {
        HttpResponseMessage answer;
        while (!(answer = await _http.GetAsync(new Uri(Front.Address, "/v1/cluster"), cancellationToken)).IsSuccessStatusCode)
            answer.Dispose();

        using var found = answer;
        var cluster = await found.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        var names = cluster.GetProperty("members").EnumerateArray().ToDictionary(member => member.GetProperty("address").GetString()!, member => member.GetProperty("name").GetString()!);
        return [.. cluster.GetProperty("nodes").EnumerateArray().Select(node => (
            node.GetProperty("id").GetString()!, names.GetValueOrDefault(node.GetProperty("member").GetString()!, "gone"), node.GetProperty("state").GetString()!, node.GetProperty("streams").GetInt32()))];
    }

    /// <summary>kill -9.</summary>
    public async Task KillSiloAsync(int number)
    {
        await Silo(number).DisposeAsync();
        _silos[number] = null;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        Client?.Dispose();
        if (_grains is not null)
            await DisconnectAsync(_grains);

        if (Front is not null)
            await Front.DisposeAsync();

        foreach (var silo in _silos)
        {
            if (silo is not null)
                await silo.DisposeAsync();
        }

        if (Directory.Exists(_root))
            Directory.Delete(_root, recursive: true);
    }

    public static string NameOf(int number) => $"silo-{number + 1}";

    /// <summary>What the processes said, for whoever must find out why something did not come.</summary>
    public string Said() => string.Join("\n", _silos.Append(Front).Where(static run => run is not null).Select(static run => $"--- {run!.Address}\n{run.Said}"));

    private async Task ConnectAsync()
    {
        _grains = ClientBuilder(client => client.UseOrleansLogClustering(options => options.Folder = Blobs)).Build();
        await _grains.StartAsync();
        Grains = new ClusterLogService(_grains.Services.GetRequiredService<IGrainFactory>(), new ClusterLogOptions(), TimeProvider.System);
    }

    private IHostBuilder ClientBuilder(Action<IClientBuilder> gateways) => new HostBuilder()
        .ConfigureLogging(static logging => logging.ClearProviders())
        .UseOrleansClient(client => gateways(client
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (_cluster, _cluster))
            .Configure<GatewayOptions>(static options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1))));

    private static async Task DisconnectAsync(IHost grains)
    {
        await grains.StopAsync();
        grains.Dispose();
    }

    private static (int Http, int Silo, int Gateway) NewPorts() => (ProgramRun.FreePort(), ProgramRun.FreePort(), ProgramRun.FreePort());

    private string Blobs => Path.Combine(_root, "blobs");

    private ProgramRun Launch(int number, (int Http, int Silo, int Gateway) ports, (string Name, string Value)[] more)
    {
        var settings = Shared();
        settings["Orleans__Name"] = NameOf(number);
        settings["Orleans__Endpoints__SiloPort"] = ports.Silo.ToString(CultureInfo.InvariantCulture);
        settings["Orleans__Endpoints__GatewayPort"] = ports.Gateway.ToString(CultureInfo.InvariantCulture);
        settings["OrleansLog__DataDirectory"] = DirectoryOf(number);
        foreach (var (name, value) in more)
            settings[name] = value;

        return ProgramRun.Launch("Silo", ports.Http, settings);
    }

    private Dictionary<string, string> Shared() => new(StringComparer.Ordinal)
    {
        ["Orleans__ClusterId"] = _cluster,
        ["Orleans__ServiceId"] = _cluster,
        ["Orleans__Clustering__ProviderType"] = "OrleansLog",
        ["OrleansLog__Blobs__Kind"] = "files",
        ["OrleansLog__Blobs__Path"] = Blobs,
    };
}

using Microsoft.Extensions.Configuration;
using Orleans.Log.Grains.Setup;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Silo.Settings;

namespace Orleans.Log.Silo.Tests;

/// <summary>What a silo is told, and what it does not take.</summary>
public sealed class SiloConfigurationTests
{
    private static readonly Dictionary<string, string?> Enough = new() { ["OrleansLog:DataDirectory"] = "/d/silo", ["OrleansLog:Blobs:Path"] = "/d/blobs" };

    [Fact]
    public void Two_folders_are_enough()
    {
        var (settings, configuration) = Read();

        settings.DataDirectory.ShouldBe(Path.GetFullPath("/d/silo"));
        settings.Node.Wal.DiskBudgetBytes.ShouldBe(4L << 30);
        configuration["Orleans:ClusterId"].ShouldBe("orleans-log");
        configuration["Orleans:Name"].ShouldBe($"{Environment.MachineName}-11111");
        configuration["Orleans:Clustering:ProviderType"].ShouldBe("OrleansLog");
        configuration["Orleans:Clustering:ServiceKey"].ShouldBe("blobs");
        configuration["Orleans:Endpoints:AdvertisedIPAddress"].ShouldBe("127.0.0.1");
    }

    [Fact]
    public void What_is_said_counts_before_what_holds_otherwise()
    {
        var (settings, configuration) = Read(("Orleans:ClusterId", "c"), ("Orleans:Name", "n"), ("OrleansLog:Node:Wal:DiskBudgetBytes", "123"), ("OrleansLog:Node:Offload:SegmentAge", "00:00:30"), ("OrleansLog:RenewEvery", "00:00:01"));

        var log = new OrleansLogOptions();
        settings.Apply(log);
        (configuration["Orleans:ClusterId"], configuration["Orleans:Name"]).ShouldBe(("c", "n"));
        log.Node.Wal.DiskBudgetBytes.ShouldBe(123);
        log.Node.Offload.SegmentAge.ShouldBe(TimeSpan.FromSeconds(30));
        (log.RenewEvery, log.StandstillAfter).ShouldBe((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Under_a_data_root_every_silo_has_a_directory_by_its_name()
    {
        var (settings, _) = Read(("OrleansLog:DataDirectory", ""), ("OrleansLog:DataRoot", "/d"), ("Orleans:Name", "silo-2"));

        settings.DataDirectory.ShouldBe(Path.GetFullPath("/d/silo-2"));
    }

    [Theory]
    [InlineData("AzureTableStorage", null)]
    [InlineData("OrleansLog", "/shared")]
    public void Another_provider_or_folder_gets_no_key_that_it_did_not_ask_for(string provider, string? folder)
    {
        var (_, configuration) = Read(("Orleans:Clustering:ProviderType", provider), ("Orleans:Clustering:Folder", folder));

        configuration["Orleans:Clustering:ProviderType"].ShouldBe(provider);
        configuration["Orleans:Clustering:ServiceKey"].ShouldBeNull();
    }

    [Theory]
    [InlineData("OrleansLog:DataDirectory", "", "DataDirectory is not set")]
    [InlineData("OrleansLog:DataRoot", "/d", "both set")]
    [InlineData("OrleansLog:Tpyo", "1", "'Tpyo'")]
    [InlineData("OrleansLog:Node:Wal:Tpyo", "1", "'Tpyo'")]
    [InlineData("OrleansLog:Node:Wal:IoDepth", "two", "OrleansLog:Node:Wal:IoDepth")]
    [InlineData("OrleansLog:Blobs:Kind", "tape", "OrleansLog:Blobs: Kind is 'tape'")]
    [InlineData("OrleansLog:Blobs:Path", "", "OrleansLog:Blobs: Path is not set")]
    [InlineData("Orleans:ClusterId", "a b", "Orleans:ClusterId is 'a b'")]
    [InlineData("Orleans:Endpoints:SiloPort", "eleven", "Orleans:Endpoints:SiloPort is 'eleven'")]
    [InlineData("Orleans:Endpoints:SiloPort", "0", "Orleans:Endpoints:SiloPort is '0'")]
    [InlineData("Orleans:Endpoints:GatewayPort", "70000", "Orleans:Endpoints:GatewayPort is '70000'")]
    [InlineData("Orleans:Endpoints:AdvertisedIPAddress", "here", "must be an IP address")]
    [InlineData("OrleansLog:Urls", "5080", "OrleansLog:Urls has '5080'")]
    public void What_cannot_be_is_refused_by_name(string name, string value, string because) =>
        Should.Throw<SettingException>(() => Read((name, value))).Message.ShouldContain(because);

    [Theory]
    [InlineData("OrleansLog:Urls", "http://*:5080")]
    [InlineData("OrleansLog:Urls", "http://127.0.0.1:1;http://10.0.0.3:5080")]
    [InlineData("OrleansLog:Urls", "http://somewhere:5080")]
    [InlineData("Orleans:Endpoints:AdvertisedIPAddress", "10.0.0.3")]
    [InlineData("Orleans:Endpoints:SiloListeningEndpoint", "0.0.0.0:11111")]
    [InlineData("Orleans:Endpoints:GatewayListeningEndpoint", "0.0.0.0:30000")]
    public void Others_reach_a_silo_only_if_somebody_says_that_they_may(string name, string value)
    {
        Should.Throw<SettingException>(() => Read((name, value))).Message.ShouldContain("AllowInsecure");

        var (_, configuration) = Read((name, value), ("OrleansLog:AllowInsecure", "true"));
        configuration[name].ShouldBe(value);
    }

    [Fact]
    public void When_they_may_the_address_is_Orleans_choice() => Read(("OrleansLog:AllowInsecure", "true")).Configuration["Orleans:Endpoints:AdvertisedIPAddress"].ShouldBeNull();

    [Theory]
    [InlineData("http://localhost:1")]
    [InlineData("http://[::1]:5080")]
    [InlineData("http://127.0.0.2:5080; http://LOCALHOST:5081")]
    public void Its_own_machine_always_reaches_it(string urls) => Read(("OrleansLog:Urls", urls)).Settings.Urls.ShouldBe(urls);

    [Theory]
    [InlineData("../up")]
    [InlineData("..")]
    [InlineData("")]
    public void A_name_never_leads_out_of_the_data_root(string silo) =>
        Should.Throw<SettingException>(() => Read(("OrleansLog:DataDirectory", null), ("OrleansLog:DataRoot", "/d"), ("Orleans:Name", silo))).Message.ShouldContain("folder");

    private static (SiloSettings Settings, IConfiguration Configuration) Read(params (string Name, string? Value)[] said)
    {
        var values = new Dictionary<string, string?>(Enough);
        foreach (var (name, value) in said)
            values[name] = value;

        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(values);
        return (SiloConfiguration.Read(configuration), configuration);
    }
}

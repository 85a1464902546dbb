using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Clustering.Membership;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Tests;

/// <summary>What a host's configuration selects, and what it is refused for before it starts.</summary>
public sealed class ClusteringConfigurationTests
{
    [Theory]
    [InlineData("Folder", "/folder")]
    [InlineData("ServiceKey", "shared")]
    public void The_provider_is_selected_by_its_name_for_silos_and_for_clients(string setting, string value)
    {
        using var silo = Silo((setting, value));
        silo.Services.GetRequiredService<IMembershipTable>().ShouldBeOfType<OrleansLogMembershipTable>();
        Validate(silo);

        using var client = Client((setting, value));
        client.Services.GetRequiredService<IGatewayListProvider>().ShouldBeOfType<OrleansLogGatewayListProvider>();
        Validate(client);
    }

    [Fact]
    public void Without_a_place_and_with_two_the_settings_are_named()
    {
        foreach (var settings in new (string, string)[][] { [], [("Folder", " ")], [("Folder", "/folder"), ("ServiceKey", "shared")] })
        {
            using var silo = Silo(settings);
            var error = Should.Throw<OrleansConfigurationException>(() => Validate(silo));
            error.Message.ShouldContain("Orleans:Clustering:Folder");
            error.Message.ShouldContain("Orleans:Clustering:ServiceKey");

            using var client = Client(settings);
            Should.Throw<OrleansConfigurationException>(() => Validate(client));
        }
    }

    [Fact]
    public void A_key_under_which_there_is_no_store_is_named()
    {
        using var silo = Silo(("ServiceKey", "unknown"));
        Should.Throw<OrleansConfigurationException>(() => Validate(silo)).Message.ShouldContain("Orleans:Clustering:ServiceKey is 'unknown'");
    }

    [Fact]
    public void A_cluster_whose_name_cannot_be_part_of_a_blobs_is_refused()
    {
        using var silo = Silo(("Folder", "/folder"), ("Orleans:ClusterId", "a/b"));
        Should.Throw<OrleansConfigurationException>(() => Validate(silo)).Message.ShouldContain("Orleans:ClusterId");
    }

    [Fact]
    public void A_provider_of_an_unknown_name_is_an_error_of_the_start() =>
        Should.Throw<InvalidOperationException>(() => Silo(("ProviderType", "OrleansLogg"))).Message.ShouldContain("OrleansLogg");

    private static IHost Silo(params (string Setting, string Value)[] settings)
    {
        var builder = Builder(settings);
        builder.UseOrleans(static _ => { });
        return builder.Build();
    }

    private static IHost Client(params (string Setting, string Value)[] settings)
    {
        var builder = Builder(settings);
        builder.UseOrleansClient(static _ => { });
        return builder.Build();
    }

    private static HostApplicationBuilder Builder((string Setting, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Orleans:ClusterId"] = "test",
            ["Orleans:ServiceId"] = "log",
            ["Orleans:Clustering:ProviderType"] = "OrleansLog",
        });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Setting.Contains(':') ? setting.Setting : "Orleans:Clustering:" + setting.Setting, setting.Value)));
        builder.Services.AddKeyedSingleton<IBlobStore>("shared", new MemoryBlobStore());
        return builder;
    }

    /// <summary>What a start does first; ours is the only one of the validators that has something to say here.</summary>
    private static void Validate(IHost host)
    {
        foreach (var validator in host.Services.GetServices<IConfigurationValidator>())
            validator.ValidateConfiguration();
    }
}

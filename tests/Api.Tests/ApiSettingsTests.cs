using Microsoft.Extensions.Configuration;
using Orleans.Log.Api.Settings;
using Orleans.Log.Clustering.Hosts;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Tests;

/// <summary>What the front is told, and what it refuses to be told.</summary>
public sealed class ApiSettingsTests
{
    [Fact]
    public void Its_settings_are_those_of_every_front_and_the_place_of_the_store()
    {
        var settings = Read(("OrleansLog:Urls", "http://127.0.0.1:1234"), ("OrleansLog:AppendTimeout", "7s"), ("OrleansLog:Blobs:Kind", "files"), ("OrleansLog:Blobs:Path", "/somewhere"));

        settings.Server.Urls[0].Text.ShouldBe("http://127.0.0.1:1234");
        settings.Server.Api.AppendTimeout.ShouldBe(TimeSpan.FromSeconds(7));
        settings.Blobs.Path.ShouldBe("/somewhere");
    }

    [Theory]
    [InlineData("OrleansLog:Url", "http://127.0.0.1:1", "Url")]
    [InlineData("OrleansLog:AppendTimeout", "soon", "AppendTimeout")]
    [InlineData("OrleansLog:Urls", "http://*:80", "AllowInsecure")]
    [InlineData("OrleansLog:Blobs:Kind", "tape", "Blobs")]
    public void What_means_nothing_or_would_open_the_cluster_to_others_is_refused_by_name(string name, string value, string named) =>
        Should.Throw<SettingException>(() => Read(("OrleansLog:Blobs:Path", "/somewhere"), (name, value))).Message.ShouldContain(named);

    [Fact]
    public void Without_a_word_silos_are_found_in_the_blob_store()
    {
        var configuration = ApiConfiguration.Read(["--OrleansLog:Blobs:Path=/somewhere"]);

        configuration["Orleans:Clustering:ProviderType"].ShouldBe("OrleansLog");
        configuration["Orleans:Clustering:ServiceKey"].ShouldBe(ClusterBlobs.Key);
        ApiConfiguration.Read(["--Orleans:Clustering:Folder=/elsewhere"])["Orleans:Clustering:ServiceKey"].ShouldBeNull();
        Should.Throw<SettingException>(() => ApiConfiguration.Read(["--Orleans:ClusterId=not a name"]));
    }

    private static ApiSettings Read(params (string Name, string Value)[] values) =>
        ApiSettings.Of(new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => value.Name, value => (string?)value.Value)).Build());
}

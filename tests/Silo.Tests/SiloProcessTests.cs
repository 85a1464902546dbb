using System.Net;

namespace Orleans.Log.Silo.Tests;

/// <summary>The built silo: that it joins and is ready, and what keeps it from joining.</summary>
public sealed class SiloProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("olog-silo-").FullName;

    private string Data => Path.Combine(_folder, "silo");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_recovers_joins_and_is_ready_and_stops_as_asked()
    {
        await using var silo = SiloProcess.Start(Data, "--Orleans:Name=silo-1");
        await silo.WhenUpAsync();
        using var http = new HttpClient { BaseAddress = silo.Web };

        var health = await http.GetStringAsync("/health");
        health.ShouldContain("\"ready\":true");
        health.ShouldContain("\"silo\":\"silo-1\"");
        health.ShouldContain("\"active_members\":1");
        (await http.GetAsync("/alive")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetStringAsync("/metrics")).ShouldContain("\norleans_log_wal_size_bytes");
        (await silo.StopAsync()).ShouldBe(0, silo.Said);
        silo.Said.ShouldNotContain("Participant check thread has not completed");
    }

    [Fact]
    public async Task A_locked_directory_keeps_it_out()
    {
        await using var silo = SiloProcess.Start(Data);
        await silo.WhenUpAsync();

        await RefusedAsync(3, "Another process has this data directory open", Data);
    }

    [Fact]
    public async Task The_address_of_another_silo_keeps_it_out_and_the_other_stays()
    {
        await using var silo = SiloProcess.Start(Data);
        await silo.WhenUpAsync();

        await RefusedAsync(7, "Another process listens on", Data + "-2", $"--OrleansLog:Blobs:Path={Data}-blobs", $"--Orleans:Endpoints:SiloPort={silo.SiloPort}");

        using var http = new HttpClient { BaseAddress = silo.Web };
        (await http.GetStringAsync("/health")).ShouldContain("\"ready\":true");
    }

    [Fact]
    public async Task A_directory_of_another_cluster_keeps_it_out()
    {
        await using (var silo = SiloProcess.Start(Data))
        {
            await silo.WhenUpAsync();
            (await silo.StopAsync()).ShouldBe(0, silo.Said);
        }

        await RefusedAsync(8, "belongs to cluster 'orleans-log'", Data, "--Orleans:ClusterId=other");
    }

    [Fact]
    public Task A_provider_that_nobody_knows_keeps_it_out() => RefusedAsync(2, "Could not find Clustering provider named 'Smoke'", Data, "--Orleans:Clustering:ProviderType=Smoke");

    [Fact]
    public Task A_setting_out_of_range_keeps_it_out() => RefusedAsync(2, "IoDepth is 99", Data, "--OrleansLog:Node:Wal:IoDepth=99");

    private static async Task RefusedAsync(int code, string because, string directory, params string[] arguments)
    {
        await using var silo = SiloProcess.Start(directory, arguments);
        (await silo.WhenEndedAsync()).ShouldBe(code, silo.Said);
        silo.Said.ShouldContain($"orleans-log-silo: ");
        silo.Said.ShouldContain(because);
    }
}

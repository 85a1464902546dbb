using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Orleans.Log.AppHost.Tests;

/// <summary>The deployment of AppHost.cs, run by the real orchestrator with its dashboard, on a data folder of its own.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _data;
    private readonly DistributedApplication _application;

    private RunningCluster(DirectoryInfo data, DistributedApplication application) => (_data, _application) = (data, application);

    /// <summary>Starts everything and returns once silos and front are healthy.</summary>
    public static async Task<RunningCluster> StartAsync()
    {
        var data = Directory.CreateTempSubdirectory("olog-apphost-");
        var options = new DistributedApplicationTestingBuilderOptions { EnableDashboard = true };
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(options, [$"--Parameters:data={data.FullName}"]);
        var cluster = new RunningCluster(data, await builder.BuildAsync());
        await cluster._application.StartAsync();
        foreach (var service in new[] { "silo-1", "silo-2", "silo-3", "api" })
            await cluster.UntilHealthyAsync(service);

        return cluster;
    }

    /// <summary>A client of the front.</summary>
    public HttpClient Front() => _application.CreateHttpClient("api", "http");

    /// <summary>The dashboard's address, by which a browser is signed in.</summary>
    public Task<Uri> DashboardAsync() => WithinAsync(stop => _application.GetDashboardUrlAsync(stop), "the dashboard");

    /// <summary>Runs a command of a resource, as its button on the dashboard does.</summary>
    public Task<ExecuteCommandResult> CommandAsync(string service, string command) =>
        WithinAsync(stop => _application.ResourceCommands.ExecuteCommandAsync(service, command, stop), $"command {command} of {service}");

    /// <summary>The commands that the dashboard offers for a resource in its present state.</summary>
    public IReadOnlyList<string> OfferedCommands(string service)
    {
        _application.ResourceNotifications.TryGetCurrentState(service, out var found).ShouldBeTrue($"{service} has no state");
        return [.. found!.Snapshot.Commands.Where(command => command.State == ResourceCommandState.Enabled).Select(command => command.Name)];
    }

    /// <summary>Kills the silo's process as a crash would, and returns once the orchestrator has noticed.</summary>
    public async Task KillAsync(string silo)
    {
        SiloProcess.Find(Path.Combine(_data.FullName, silo)).Kill();
        await WithinAsync(
            stop => _application.ResourceNotifications.WaitForResourceAsync(silo, KnownResourceStates.TerminalStates, stop), $"the end of {silo}");
    }

    /// <summary>Returns once the resource's health checks pass.</summary>
    public Task UntilHealthyAsync(string service) =>
        WithinAsync(stop => _application.ResourceNotifications.WaitForResourceHealthyAsync(service, WaitBehavior.WaitOnResourceUnavailable, stop), $"health of {service}");

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private static async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> wait, string awaited)
    {
        using var stop = new CancellationTokenSource(Patience);
        try
        {
            return await wait(stop.Token);
        }
        catch (OperationCanceledException late) when (stop.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {Patience} for {awaited}.", late);
        }
    }
}

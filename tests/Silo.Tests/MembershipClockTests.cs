using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Log.Silo.Tests;

/// <summary>What Orleans' watchdog measures with.</summary>
public sealed class MembershipClockTests
{
    private readonly TimeSpan _uptime = TimeProvider.System.GetElapsedTime(0);

    [Fact]
    public void Timestamps_begin_with_the_silo()
    {
        var clock = new MembershipClock();

        clock.GetElapsedTime(0).ShouldBeLessThan(_uptime);
        clock.GetElapsedTime(0).ShouldBeLessThan(new ClusterMembershipOptions().LocalHealthDegradationMonitoringPeriod * 2, "later than this the watchdog warns");
    }

    [Fact]
    public void Timestamps_run_as_fast_as_those_of_the_system()
    {
        var (clock, system) = (new MembershipClock(), TimeProvider.System);

        clock.TimestampFrequency.ShouldBe(system.TimestampFrequency);
        var (before, mine, after) = (system.GetTimestamp(), clock.GetTimestamp(), system.GetTimestamp());
        var (before2, mine2, after2) = (system.GetTimestamp(), clock.GetTimestamp(), system.GetTimestamp());
        (mine2 - mine).ShouldBeInRange(before2 - after, after2 - before);
    }

    [Fact]
    public void Membership_of_a_silo_takes_it_and_nothing_else_does()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        MembershipClock.AddTo(builder.Services);
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        using var host = builder.Build();
        var services = host.Services;

        services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Membership).ShouldBeOfType<MembershipClock>();
        services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Messaging).ShouldBe(TimeProvider.System);
        services.GetRequiredService<TimeProvider>().ShouldBe(TimeProvider.System);
    }
}

using Orleans.Log.Api.Server.Connections;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Server.Tests.Connections;

/// <summary>Connections against the descriptors of the process.</summary>
public sealed class ConnectionBudgetTests
{
    private static readonly ServerOptions Options = new();

    [Theory]
    [InlineData("Max open files            1024                 4096                 files     ", 1024)]
    [InlineData("Max open files            9999999999           9999999999           files", int.MaxValue)]
    [InlineData("Max open files            unlimited            unlimited            files", null)]
    [InlineData("Max locked memory         8388608              8388608              bytes", null)]
    public void Limit_is_the_soft_one_of_the_process(string line, int? limit) =>
        DescriptorLimit.Parse(["Limit                     Soft Limit           Hard Limit           Units", line]).ShouldBe(limit);

    [Fact]
    public void Connections_and_sessions_leave_the_reserve_of_the_log()
    {
        var budget = new ConnectionBudget(Options, new DescriptorLimit(1024, Open: 150));

        budget.Max.ShouldBe(1024 - 150 - DescriptorLimit.Reserve);
        (budget.MaxConnections, budget.MaxSessions).ShouldBe((budget.Max, budget.Max));
        budget.Asked.ShouldBe(Options.MaxConnections + Options.Api.MaxSessions);
    }

    [Fact]
    public void Options_bound_connections_where_descriptors_are_plenty()
    {
        var budget = new ConnectionBudget(Options, new DescriptorLimit(1_000_000, Open: 150));

        (budget.Max, budget.MaxConnections, budget.MaxSessions).ShouldBe((20_000, 10_000, 10_000));
        new ConnectionBudget(Options, DescriptorLimit.Unknown).Max.ShouldBe(20_000);
    }

    [Fact]
    public void Too_few_descriptors_refuse_the_start_and_name_the_need()
    {
        const int needed = 150 + DescriptorLimit.Reserve + DescriptorLimit.LeastConnections;

        Should.Throw<SettingException>(() => new ConnectionBudget(Options, new DescriptorLimit(needed - 1, Open: 150))).Message.ShouldContain($"{needed}");
        Should.NotThrow(() => new ConnectionBudget(Options, new DescriptorLimit(needed, Open: 150)));
    }

    [Fact]
    public void Place_of_a_connection_is_free_once_it_leaves()
    {
        var budget = new ConnectionBudget(new ServerOptions { MaxConnections = 1, Api = { MaxSessions = 1 } }, DescriptorLimit.Unknown);
        budget.TryEnter().ShouldBeTrue();
        budget.TryEnter().ShouldBeTrue();

        budget.TryEnter().ShouldBeFalse();
        (budget.Open, budget.Rejected).ShouldBe((2, 1));
        budget.Leave();

        budget.TryEnter().ShouldBeTrue();
    }
}

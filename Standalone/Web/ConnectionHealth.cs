using Orleans.Log.Api.Server.Connections;

namespace Orleans.Log.Standalone.Web;

/// <summary>How many connections there are, for <c>/health</c>, and what bounds them.</summary>
/// <param name="Open">Open connections, appender sessions included.</param>
/// <param name="Limit">Most of them: what the options ask for, or what the descriptors allow.</param>
/// <param name="Descriptors">Files that the process may have open; null where the system does not say.</param>
/// <param name="ReservedDescriptors">Those kept for everything else: what was open at the start, and the reserve of the log.</param>
internal sealed record ConnectionHealth(int Open, int Limit, int? Descriptors, int? ReservedDescriptors)
{
    public static ConnectionHealth Of(ConnectionBudget budget)
    {
        var descriptors = budget.Descriptors;
        return new ConnectionHealth(budget.Open, budget.Max, descriptors.Limit, descriptors.Limit is null ? null : descriptors.Open + DescriptorLimit.Reserve);
    }
}

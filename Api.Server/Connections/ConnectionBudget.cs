using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Server.Connections;

/// <summary>
/// Counts the connections of the server, appender sessions included, against the descriptors of the process. Safe for use by any number of threads.
/// </summary>
public sealed class ConnectionBudget
{
    private int _open;
    private long _rejected;

    /// <summary>Creates the budget of a server; throws <see cref="SettingException"/> if the process may not open enough files to serve anybody.</summary>
    public ConnectionBudget(ServerOptions options, DescriptorLimit descriptors)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(descriptors);
        Descriptors = descriptors;
        if (descriptors.ForConnections < DescriptorLimit.LeastConnections)
        {
            throw new SettingException(
                $"This process may open {descriptors.Limit} files, and needs at least {descriptors.Open + DescriptorLimit.Reserve + DescriptorLimit.LeastConnections}: "
                + "raise the limit (ulimit -n; LimitNOFILE of a service).");
        }

        Asked = (int)Math.Min((long)options.MaxConnections + options.Api.MaxSessions, int.MaxValue);
        Max = Math.Min(Asked, descriptors.ForConnections);
        MaxConnections = Math.Min(options.MaxConnections, Max);
        MaxSessions = Math.Min(options.Api.MaxSessions, Max);
        IsBelowOptions = MaxConnections < options.MaxConnections || MaxSessions < options.Api.MaxSessions;
    }

    /// <summary>The descriptors of the process at the start.</summary>
    public DescriptorLimit Descriptors { get; }

    /// <summary>Connections and sessions together, as the options would have it.</summary>
    public int Asked { get; }

    /// <summary>Most connections and sessions together.</summary>
    public int Max { get; }

    /// <summary>Most connections that are no session.</summary>
    public int MaxConnections { get; }

    /// <summary>Most sessions.</summary>
    public int MaxSessions { get; }

    /// <summary>The descriptors do not allow as many connections, or as many sessions, as the options.</summary>
    public bool IsBelowOptions { get; }

    /// <summary>Connections and sessions that are open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections that were closed because there were too many.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>Takes a place for one more connection; false if there is none.</summary>
    internal bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= Max)
            return true;

        Interlocked.Decrement(ref _open);
        Interlocked.Increment(ref _rejected);
        return false;
    }

    /// <summary>A connection is closed.</summary>
    internal void Leave() => Interlocked.Decrement(ref _open);
}

using Orleans.Configuration;

namespace Orleans.Log.Silo;

/// <summary>How soon the cluster knows that a silo, or the connection of a client, is gone.</summary>
internal static class FailureDetection
{
    /// <summary>
    /// Streams of a lost silo wait for it to come back, and their callers for being told. A silo is probed every 2 s; three probes that nobody answers, and two others who say so (one in a cluster of two), and it is
    /// given up: 6 to 8 s. A process that only pauses for less stays. What comes back under another address with its directory does not wait for this: the lock of the directory proves that the other is gone.
    /// </summary>
    public static ISiloBuilder DetectFailuresQuickly(this ISiloBuilder silo)
    {
        silo.Services.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(2);
            membership.NumMissedProbesLimit = 3;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
            membership.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(30);
            membership.MaxJoinAttemptTime = TimeSpan.FromMinutes(1);
        });

        // A client is connected to all gateways, but gives one up that it could not reach for a moment, and goes on through the others. The silo that it left keeps what its grains answer that client until it comes back,
        // instead of sending it where the client is, and drops it only after this time, looked at as often: so long such a client would hear nothing from the streams of that silo.
        silo.Services.Configure<SiloMessagingOptions>(static messaging => messaging.ClientDropTimeout = TimeSpan.FromSeconds(1));
        return silo;
    }
}

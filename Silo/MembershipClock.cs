using Orleans.Runtime;

namespace Orleans.Log.Silo;

/// <summary>
/// The clock of Orleans' membership, with timestamps that begin with the silo instead of with the machine. Orleans' watchdog has two threads, and the one may look at the time of the other's last check
/// before that is set: it then finds a check that takes since timestamp 0, warns of a deadlock with the uptime of the machine, and counts it against the silo's health. From timestamp 0 of this clock it
/// is a second. Stalls that are real are reported as before, which a filter of the log would not do.
/// </summary>
internal sealed class MembershipClock : TimeProvider
{
    private readonly long _start = System.GetTimestamp();

    /// <inheritdoc/>
    public override long GetTimestamp() => System.GetTimestamp() - _start;

    /// <summary>Gives it to everything in Orleans that measures membership: timestamps of two clocks must not be compared.</summary>
    public static void AddTo(IServiceCollection services) => services.AddKeyedSingleton<TimeProvider, MembershipClock>(TimeProviderNames.Membership);
}

using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Tests;

/// <summary>
/// Membership of a silo that a test may kill inside its own process. A killed silo is disposed without being stopped, and its updates then end. Orleans 10.4.2 repeats
/// the loop over them for ever (<c>LocalGrainDirectory.ProcessMembershipUpdates</c>): two killed silos keep both pool threads of a small machine busy, and every later
/// test times out. Here updates of a disposed silo never end; they can only be cancelled.
/// </summary>
internal sealed class KillableMembership(IClusterMembershipService inner) : IClusterMembershipService
{
    public ClusterMembershipSnapshot CurrentSnapshot => inner.CurrentSnapshot;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => UpdatesAsync();

    public static void AddTo(IServiceCollection services)
    {
        var original = services.Last(static service => service.ServiceType == typeof(IClusterMembershipService)).ImplementationFactory!;
        services.Replace(ServiceDescriptor.Singleton<IClusterMembershipService>(provider => new KillableMembership((IClusterMembershipService)original(provider))));
    }

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) =>
        inner.Refresh(minimumVersion, cancellationToken);

    public Task<bool> TryKill(SiloAddress siloAddress) => inner.TryKill(siloAddress);

    private async IAsyncEnumerable<ClusterMembershipSnapshot> UpdatesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in inner.MembershipUpdates.WithCancellation(cancellationToken))
            yield return update;

        await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
    }
}

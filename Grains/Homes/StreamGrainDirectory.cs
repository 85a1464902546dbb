using Orleans.GrainDirectory;
using Orleans.Log.Grains.Nodes;
using Orleans.Runtime;

namespace Orleans.Log.Grains.Homes;

/// <summary>
/// Orleans' view of where the grains of streams are: there, where the streams live. Nothing is registered: the stream's home decides alone, so the loss of a silo takes no part of this directory with it, and grains on other silos go on undisturbed. A
/// grain that came to life elsewhere, because a caller had an old address, is sent home.
/// </summary>
internal sealed class StreamGrainDirectory(StreamDirectory directory, NodeMap nodes) : IGrainDirectory
{
    /// <summary>The name that grains ask for it by.</summary>
    public const string Name = "OrleansLogStreams";

    /// <inheritdoc/>
    public Task<GrainAddress?> Lookup(GrainId grainId) => HomeOfAsync(grainId);

    /// <inheritdoc/>
    public async Task<GrainAddress?> Register(GrainAddress address) =>
        await HomeOfAsync(address.GrainId) is { } home && !home.SiloAddress!.Equals(address.SiloAddress) ? home : address;

    /// <inheritdoc/>
    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;

    private async Task<GrainAddress?> HomeOfAsync(GrainId grain)
    {
        if (!StreamName.TryParse(grain.Key.ToString(), out var name) || await directory.FindAsync(name) is not { } found)
            return null;

        return await nodes.SiloOfAsync(found.Home.Node) is { } silo
            ? new GrainAddress { GrainId = grain, SiloAddress = silo, ActivationId = ActivationId.GetDeterministic(grain) }
            : throw NodeMap.Away(found);
    }
}

using Orleans.Log.Engine.Offload;
using Orleans.Log.Engine.Simulation.StreamLevel;

namespace Orleans.Log.Engine.Simulation.OffloadLevel;

/// <summary>
/// One stream as its callers know it, over many processes and disks: every operation since it was created, or rebuilt for the last time, and how many of them must have reached the store. After a
/// death it stands as after all that were acknowledged or more; after the loss of a disk as after all that were surely published or more, and exactly as after some number of them.
/// </summary>
internal sealed class OffloadHistory(StreamId id)
{
    private readonly List<ModelOperation> _earlier = [];
    private StreamState _origin = new();
    private int _published;

    public StreamId Id { get; } = id;

    /// <summary>The present process's part.</summary>
    public StreamModel Model { get; } = new();

    /// <summary>Operations that were acknowledged.</summary>
    public int Acknowledged => _earlier.Count + Model.Acknowledged;

    /// <summary>The store has it, whatever of it.</summary>
    public bool IsPublished { get; private set; }

    /// <summary>So many operations have surely been published.</summary>
    public void Published(int operations) => (_published, IsPublished) = (Math.Max(_published, operations), true);

    /// <summary>A process died, and the next one found this.</summary>
    public void Restart(StreamExpectation expected, StreamSight found, string name)
    {
        var (state, operations) = expected.Find(found, name);
        _earlier.AddRange(expected.Operations.Take(operations));
        Model.Restart(state);
    }

    /// <summary>The disk was lost, and this is what the store gave back.</summary>
    public void Rebuild(RestoredStream report, StreamSight found)
    {
        var all = _earlier.Concat(Model.Expect().Operations).ToList();
        var state = _origin.Clone();
        var why = $"the store has {report}, and it never was so after operations {_published} to {all.Count} (published for sure to asked for)";
        for (var done = 0; done <= all.Count; done++)
        {
            if (done > 0)
                all[done - 1].ApplyTo(state);

            if (done < _published || state.Tail != report.Offloaded || state.Head != report.Head || state.Sealed != report.Sealed)
                continue;

            var rebuilt = state.Clone();
            if (!rebuilt.Sealed)
                rebuilt.LeaveOut(RestoredState.Gap);

            if (found.DifferenceFrom(rebuilt) is { } difference)
            {
                why = difference;
                continue;
            }

            _origin = rebuilt;
            _earlier.Clear();
            (_published, IsPublished) = (0, true);
            Model.Restart(rebuilt.Clone());
            return;
        }

        throw new BrokenPromiseException($"Stream {report.Name} was rebuilt as it never was, or as it was too long ago: {why}.");
    }
}

using Orleans.Log.Engine.Pipeline;

namespace Orleans.Log.Engine.Offload;

/// <summary>A stream's place in the schedule. Guarded by the schedule's lock.</summary>
internal sealed class OffloadTicket
{
    public OffloadTicket(StreamPipeline stream)
    {
        Stream = stream;
        Node = new LinkedListNode<OffloadTicket>(this);
    }

    public StreamPipeline Stream { get; }

    /// <summary>Its link in the queue that it stands in.</summary>
    public LinkedListNode<OffloadTicket> Node { get; }

    public OffloadStanding Standing { get; set; }

    /// <summary>When it became dirty, as a timestamp of the clock.</summary>
    public long Since { get; set; }

    /// <summary>Its cut, with what of it has reached the store; null between a publication and the next turn. Of the worker that has its turn, not of the lock.</summary>
    public OffloadJob? Job { get; set; }

    /// <summary>It became dirty again after the cut of its job, then; null if it did not.</summary>
    public long? Again { get; set; }

    /// <summary>While it has a job: there is enough for another segment already, or somebody waits for a later cut.</summary>
    public bool Urgent { get; set; }

    /// <summary>Those who wait for a publication of everything up to their call.</summary>
    public TaskCompletionSource? Waiter { get; set; }

    /// <summary>While it has a job: those who came after its cut.</summary>
    public TaskCompletionSource? NextWaiter { get; set; }
}

/// <summary>Where a stream stands in the schedule.</summary>
internal enum OffloadStanding
{
    /// <summary>Nothing is to be done.</summary>
    Clean,

    /// <summary>Dirty, and waiting for company or its age.</summary>
    Aging,

    /// <summary>Waiting for a worker.</summary>
    Ready,

    /// <summary>In a round.</summary>
    Working,
}

namespace Orleans.Log.Engine.Simulation;

/// <summary>Runs every continuation of the code under test on the one thread of the simulation, in the order in which they became ready.</summary>
internal sealed class PumpContext : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = [];
    private readonly Lock _gate = new();

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
            _ready.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    /// <summary>Runs what is ready, and what that makes ready; returns false if there was nothing.</summary>
    public bool Run()
    {
        var any = false;
        while (TryTake(out var item))
        {
            any = true;
            item.Callback(item.State);
        }

        return any;
    }

    /// <summary>Makes this the context of the calling thread until the result is disposed.</summary>
    public IDisposable Enter()
    {
        var before = Current;
        SetSynchronizationContext(this);
        return new Entered(before);
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) item)
    {
        lock (_gate)
            return _ready.TryDequeue(out item);
    }

    private sealed class Entered(SynchronizationContext? before) : IDisposable
    {
        public void Dispose() => SetSynchronizationContext(before);
    }
}

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// Lets a read begin when the one under way that it goes on from has come half way. Whoever fetches ahead asks for neighbouring ranges at once; an operating system, however, recognizes who reads a
/// file forward by the order in which the bytes are asked for, and only then reads ahead of him. Reads at once looked random to it and brought two thirds of what the disk gives. Reads
/// of anything else wait for nobody. Safe for use by any number of threads.
/// </summary>
internal sealed class BlobReadTurns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<BlobName, List<Turn>> _underWay = [];

    /// <summary>Takes a turn, behind the latest one under way in whose range, or at whose end, this one begins. It must be ended.</summary>
    public Turn Take(BlobName name, long offset, int length)
    {
        lock (_gate)
        {
            if (!_underWay.TryGetValue(name, out var turns))
                _underWay.Add(name, turns = []);

            var turn = new Turn(this, name, offset, offset + length, turns.FindLast(other => other.From < offset && offset <= other.To));
            turns.Add(turn);
            return turn;
        }
    }

    private void End(Turn turn)
    {
        lock (_gate)
        {
            var turns = _underWay[turn.Name];
            turns.Remove(turn);
            if (turns.Count == 0)
                _underWay.Remove(turn.Name);
        }
    }

    /// <summary>A read that is under way, or waits to be.</summary>
    internal sealed class Turn(BlobReadTurns owner, BlobName name, long from, long to, Turn? before) : IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _before = before?._ended.Task ?? Task.CompletedTask;

        public BlobName Name { get; } = name;

        public long From { get; } = from;

        public long To { get; } = to;

        /// <summary>Ends when the turn before has, well or badly.</summary>
        public Task WaitAsync(CancellationToken cancellationToken) => _before.WaitAsync(cancellationToken);

        /// <summary>Lets the next one begin. Once is enough. For one thread at a time.</summary>
        public void End()
        {
            if (_ended.Task.IsCompleted)
                return;

            owner.End(this);
            _ended.SetResult();
        }

        /// <summary>Ends the turn, whatever happened.</summary>
        public void Dispose() => End();
    }
}

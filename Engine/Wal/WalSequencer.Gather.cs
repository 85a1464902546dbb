namespace Orleans.Log.Engine.Wal;

/// <summary>
/// Gathering: a writer lets other threads that are ready to run on its processor go first, as long as that brings entries, and only then takes the block. Where many
/// append and few processors are there, a flush that begins with the first of them carries few, and takes the processor from those who were about to append. So
/// there is no delay to be set (as with the commit_delay of PostgreSQL): where nobody is ready to append, giving way costs a microsecond, and a
/// log with few appends at once does not do it at all. Nor is it done where a block has so many bytes already that a flush more or less
/// costs each of them next to nothing. One writer at a time; meanwhile appends wake no other one.
/// </summary>
internal sealed partial class WalSequencer
{
    // Entries in the block before, from which on appenders are many.
    private const int ManyEntries = 4;

    // So often in a row nothing may come.
    private const int FruitlessTurns = 3;

    // Of so many bytes each bears little of what a flush costs, and more of them would only be written later.
    private const int WorthAFlush = 64 * 1024;

    // Threads that are ready may have other things to do than to append.
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMicroseconds(300);

    private bool _gathering;
    private int _lastCount;

    /// <summary>Gives the processor to a thread that is ready to run, if there is one. A test appends here.</summary>
    public Func<bool> GiveWay { get; set; } = Thread.Yield;

    /// <summary>Is it worth while, and nobody at it? Under the lock.</summary>
    private bool MayGather => !_gathering && _lastCount >= ManyEntries && _open is { Count: > 0 } && _closed.Count == 0 && SlotIsFree && !_closing;

    /// <summary>Is what waits left to the writer that gathers? A block that is full meanwhile is not. Under the lock.</summary>
    private bool IsBeingGathered => _gathering && _closed.Count == 0;

    /// <summary>Lets go of the lock meanwhile.</summary>
    private void Gather()
    {
        var enough = new WalPosition(_open!.File.Sequence, _open.Offset + WorthAFlush).Value;
        _gathering = true;
        Monitor.Exit(_gate);
        try
        {
            var began = _time.GetTimestamp();
            var end = Volatile.Read(ref _end);
            for (var fruitless = 0; fruitless < FruitlessTurns && end < enough && _time.GetElapsedTime(began) < LongestGathering;)
            {
                GiveWay();
                var now = Volatile.Read(ref _end);
                fruitless = now == end ? fruitless + 1 : 0;
                end = now;
            }
        }
        finally
        {
            Monitor.Enter(_gate);
            _gathering = false;
        }
    }
}

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// What recovery tells the engine, on one thread and in WAL order: first <see cref="OnStart"/>, then entries and damage as they stand in
/// the WAL. Spans are valid during the call only. An exception ends the opening; the directory is left as it was, or cut as it
/// would be cut again.
/// </summary>
public interface IWalReplay
{
    /// <summary>
    /// The newest control slot's checkpoint, before any entry; <see cref="WalCheckpoint.None"/> if there is none. The WAL knows its ids and takes no
    /// appends yet: it is handed out because what is built during the replay appends to it afterwards.
    /// </summary>
    void OnStart(WriteAheadLog wal, in WalCheckpoint checkpoint);

    /// <summary>A live entry, verified. <paramref name="next"/> is the end of its record; a later record starts there or beyond.</summary>
    void OnEntry(WalPosition position, WalPosition next, in WalEntry entry, ReadOnlySpan<byte> body);

    /// <summary>An entry that was acknowledged and whose header holds, but whose body does not: what is lost is known exactly.</summary>
    void OnDamagedEntry(WalPosition position, WalPosition next, in WalEntry entry);

    /// <summary>
    /// Records of streams not known may have been acknowledged in [from, to) and cannot be read. A stream loses nothing by it if
    /// its entry numbers go on without a hole to an entry behind <paramref name="to"/>.
    /// </summary>
    void OnDamage(WalPosition from, WalPosition to);
}

using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>An entry that was given to the WAL or came back from it.</summary>
internal sealed record WalItem(WalPosition Position, WalEntry Entry, byte[] Body)
{
    public bool Equals(WalItem? other) =>
        other is not null && Position == other.Position && Entry == other.Entry && Body.AsSpan().SequenceEqual(other.Body);

    public override int GetHashCode() => HashCode.Combine(Position, Entry);
}

/// <summary>A body that is ready.</summary>
internal readonly struct TestBody(byte[] bytes) : IWalBody
{
    public int Length => bytes.Length;

    public void WriteTo(Span<byte> destination) => bytes.CopyTo(destination);
}

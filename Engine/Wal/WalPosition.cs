using System.Globalization;

namespace Orleans.Log.Engine.Wal;

/// <summary>A place in a node's WAL: file sequence and offset, in one number that grows in the order of writing (docs/FORMAT.md §3).</summary>
public readonly record struct WalPosition(long Value) : IComparable<WalPosition>
{
    /// <summary>A place by its parts.</summary>
    public WalPosition(long file, uint offset)
        : this((file << 32) | offset)
    {
    }

    /// <summary>Before everything.</summary>
    public static WalPosition None => default;

    /// <summary>Sequence of the file.</summary>
    public long File => Value >> 32;

    /// <summary>Offset in the file.</summary>
    public uint Offset => (uint)Value;

    /// <inheritdoc/>
    public int CompareTo(WalPosition other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Offset}");

    /// <summary>Order of writing.</summary>
    public static bool operator <(WalPosition left, WalPosition right) => left.Value < right.Value;

    /// <summary>Order of writing.</summary>
    public static bool operator >(WalPosition left, WalPosition right) => left.Value > right.Value;

    /// <summary>Order of writing.</summary>
    public static bool operator <=(WalPosition left, WalPosition right) => left.Value <= right.Value;

    /// <summary>Order of writing.</summary>
    public static bool operator >=(WalPosition left, WalPosition right) => left.Value >= right.Value;
}

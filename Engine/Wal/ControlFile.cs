using System.Diagnostics;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Wal;

/// <summary>
/// The two control slots of a data directory. Reading has three answers (empty, present, unreadable); a lost or unreadable slot refuses
/// the start, because it may have been the newer one. One writer at a time.
/// </summary>
internal sealed class ControlFile(IDisk disk, WalSabotage sabotage)
{
    private const string OddSlot = "control.a";
    private const string EvenSlot = "control.b";

    /// <summary>Names that belong to the control slots.</summary>
    public static bool Owns(string name) => name.StartsWith("control.", StringComparison.Ordinal);

    /// <summary>The files of the two slots.</summary>
    public static IReadOnlyList<string> SlotNames { get; } = [OddSlot, EvenSlot];

    /// <summary>Reads one slot; of a newer version the sequence says which version.</summary>
    public static (WalSlotInspection Inspection, ControlSlot? Slot) Inspect(IDisk disk, string name)
    {
        if (!disk.Exists(name))
            return (new WalSlotInspection(name, WalSlotState.Empty, 0, false, 0, 0), null);

        var sector = new AlignedBuffer(2 * WalFormat.SectorBytes);
        int length;
        using (var file = disk.Open(name, DiskAccess.ReadDevice))
            length = file.ReadFully(0, sector.Span);

        var slot = ControlSlot.TryRead(sector.Span[..length], out var version);
        if (version > ControlSlot.Version)
            return (new WalSlotInspection(name, WalSlotState.NewerVersion, version, false, 0, 0), null);

        if (slot is null || slot.Sequence < 1 || slot.Sequence % 2 != (name == OddSlot ? 1 : 0))
            return (new WalSlotInspection(name, WalSlotState.Unreadable, 0, false, 0, 0), null);

        return (new WalSlotInspection(name, WalSlotState.Present, slot.Sequence, slot.Clean, slot.FirstFile, slot.DurableThrough), slot);
    }

    /// <summary>
    /// The newer slot; null if the directory was never formatted, or its formatting did not get beyond the first slot. Throws
    /// <see cref="DataDirectoryException"/> otherwise.
    /// </summary>
    public ControlSlot? Load()
    {
        var (a, b) = sabotage.Has(WalSabotage.TakeAnyControlSlot) ? LoadAny() : (Read(OddSlot), Read(EvenSlot));
        if (a is null && b is null)
            return null;

        if (sabotage.Has(WalSabotage.TakeAnyControlSlot))
            return a ?? b;

        // Formatting writes 1, then 2, then WAL files. With 1 alone there is no WAL file yet: the caller checks that and formats again.
        if (a is { Sequence: 1 } && b is null)
            return null;

        if (a is null || b is null)
        {
            throw new DataDirectoryException(
                DataDirectoryProblem.UnreadableControlSlot,
                $"The control slot '{(a is null ? OddSlot : EvenSlot)}' is missing. It may have been the newer one, so nothing is assumed about this directory.");
        }

        return a.Sequence > b.Sequence ? a : b;
    }

    /// <summary>Writes a slot over the older one; it counts once this returned.</summary>
    public void Store(ControlSlot slot)
    {
        var name = slot.Sequence % 2 == 1 ? OddSlot : EvenSlot;
        var sector = new AlignedBuffer(WalFormat.SectorBytes);
        slot.WriteTo(sector.Span);
        using (var file = disk.Create(name + WalFileName.Temporary))
        {
            file.Write(0, sector.Span);
            file.Flush();
        }

        disk.Rename(name + WalFileName.Temporary, name);
        if (!sabotage.Has(WalSabotage.SkipDirectoryFlush))
            disk.FlushDirectory(string.Empty);
    }

    private (ControlSlot? A, ControlSlot? B) LoadAny()
    {
        ControlSlot? Attempt(string name)
        {
            try
            {
                return Read(name);
            }
            catch (DataDirectoryException)
            {
                return null;
            }
        }

        return (Attempt(OddSlot), Attempt(EvenSlot));
    }

    private ControlSlot? Read(string name)
    {
        var (inspection, slot) = Inspect(disk, name);
        return inspection.State switch
        {
            WalSlotState.Empty => null,
            WalSlotState.Present => slot,
            WalSlotState.NewerVersion => throw new DataDirectoryException(
                DataDirectoryProblem.NewerVersion,
                $"The control slot '{name}' has version {inspection.Sequence}; this program knows version {ControlSlot.Version}. Use the program that wrote it, or a newer one."),
            WalSlotState.Unreadable => throw new DataDirectoryException(
                DataDirectoryProblem.UnreadableControlSlot,
                $"The control slot '{name}' is there and cannot be read. It may have been the newer one, so nothing is assumed about this directory."),
            _ => throw new UnreachableException(),
        };
    }
}

using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>What became of a damaged WAL.</summary>
internal enum DamageOutcome
{
    /// <summary>Everything is there.</summary>
    Harmless,

    /// <summary>The directory was refused.</summary>
    Refused,

    /// <summary>What is missing was reported, all else is there.</summary>
    Reported,

    /// <summary>Nothing acknowledged is missing; a later entry is.</summary>
    Cut,
}

/// <summary>Starts a WAL whose bytes were damaged, and holds it to: detected or harmless, never a wrong payload, never a silent loss.</summary>
internal static class DamageCheck
{
    /// <param name="disk">The damaged disk.</param>
    /// <param name="setup">How the WAL is set up.</param>
    /// <param name="expected">What stood in the WAL. What is acknowledged of it must also be vouched for, by a later block or the control slot.</param>
    public static DamageOutcome Run(SimulatedDisk disk, WalSetup setup, WalExpectation expected)
    {
        var first = Once(disk, setup, expected);
        if (first is DamageOutcome.Refused or DamageOutcome.Harmless)
            return first;

        // A start that repaired anything must not have repaired the evidence away.
        var second = Once(disk.AfterProcessDeath(), setup, expected);
        if (second != first && first != DamageOutcome.Cut)
            throw new BrokenPromiseException($"The first start after the damage: {first}; the second: {second}.");

        return first;
    }

    private static DamageOutcome Once(SimulatedDisk disk, WalSetup setup, WalExpectation expected)
    {
        WalStart start;
        try
        {
            start = WalStart.Run(disk, setup);
        }
        catch (Exception refusal) when (refusal is DataDirectoryException or DiskException or LogException { Code: LogErrorCode.Corrupt })
        {
            return DamageOutcome.Refused;
        }

        var outcome = Replayed(start.Replay, expected);
        ReadBack(start.Stepper.Wal, start.Replay);
        start.Stepper.Abandon();
        return outcome;
    }

    private static DamageOutcome Replayed(ReplayRecorder found, WalExpectation expected)
    {
        var next = 0;
        var (reported, cut) = (false, false);
        for (var i = 0; i < expected.Count; i++)
        {
            var item = expected.Items[i];
            if (next < found.Items.Count && found.Items[next].Position == item.Position)
            {
                if (!found.Items[next++].Equals(item))
                    throw new BrokenPromiseException($"Wrong content was delivered for {item.Entry} at {item.Position}.");
            }
            else if (found.DamagedEntries.Any(damaged => damaged.Position == item.Position && damaged.Entry == item.Entry)
                || found.Damage.Any(range => range.From <= item.Position && item.Position < range.To))
            {
                reported = true;
            }
            else if (i >= expected.Acknowledged)
            {
                cut = true;
            }
            else if (i >= expected.Floor)
            {
                throw new BrokenPromiseException($"{item.Entry} at {item.Position} is gone and nothing was reported.");
            }
        }

        if (next < found.Items.Count)
            throw new BrokenPromiseException($"{found.Items[next].Entry} at {found.Items[next].Position} was never written there.");

        return reported || found.Damage.Count > 0 ? DamageOutcome.Reported : cut ? DamageOutcome.Cut : DamageOutcome.Harmless;
    }

    /// <summary>A reader sees what was replayed, and of what is damaged nothing but the refusal.</summary>
    private static void ReadBack(WriteAheadLog wal, ReplayRecorder found)
    {
        using var cursor = wal.OpenCursor(wal.Head);
        var next = 0;
        while (cursor.MoveNext())
        {
            var at = cursor.Position;
            if (found.DamagedEntries.Any(damaged => damaged.Position == at) || next >= found.Items.Count || found.Items[next].Position != at)
            {
                Should.Throw<LogException>(() => cursor.Body.Length).Code.ShouldBe(LogErrorCode.Corrupt);
                continue;
            }

            if (cursor.Entry != found.Items[next].Entry || !cursor.Body.SequenceEqual(found.Items[next].Body))
                throw new BrokenPromiseException($"A reader was given other bytes than recovery at {at}.");

            next++;
        }

        if (next != found.Items.Count)
            throw new BrokenPromiseException($"A reader sees {next} entries of {found.Items.Count}.");
    }
}

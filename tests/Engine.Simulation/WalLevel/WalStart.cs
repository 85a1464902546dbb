using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Log.Engine.Simulation.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>One start of a WAL over a disk: what it delivered, and the WAL ready to be stepped.</summary>
internal sealed record WalStart(WalStepper Stepper, ReplayRecorder Replay)
{
    public static WalStart Run(SimulatedDisk disk, WalSetup setup)
    {
        var replay = new ReplayRecorder();
        var failures = new List<Exception>();
        var ids = 0;
        var host = new WalHost(TimeProvider.System, NullLogger.Instance, failures.Add, NewId: () => new Guid(++ids, 0, 0, new byte[8]));
        var wal = WriteAheadLog.Open(disk, setup.Options(), replay, host);
        return new WalStart(new WalStepper(disk, wal, failures), replay);
    }
}

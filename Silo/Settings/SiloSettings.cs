using Orleans.Log.AzureStorage;
using Orleans.Log.Engine;
using Orleans.Log.Grains.Setup;

namespace Orleans.Log.Silo.Settings;

/// <summary>The section OrleansLog of the configuration: what a silo is told of its part of the log. What it is told of Orleans is in the section Orleans, by Orleans' own names.</summary>
internal sealed class SiloSettings
{
    /// <summary>What the WAL may take when nobody says: it holds what is not in the store yet, and an absent store should be noticed before the disk is full.</summary>
    private const long WalBudget = 4L << 30;

    /// <summary>Where health is asked, separated by ';'. Anything but loopback needs <see cref="AllowInsecure"/>.</summary>
    public string Urls { get; set; } = "http://127.0.0.1:5080";

    /// <summary>
    /// Speak with other machines, although nobody is asked who they are: whoever reaches a silo's ports can read, change and delete everything. Without it the silo is reached from its own machine only.
    /// </summary>
    public bool AllowInsecure { get; set; }

    /// <summary>The node's data directory: its own, on a disk of its machine.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>Instead of <see cref="DataDirectory"/>, for several silos of one machine: the folder in which each has a directory by its name.</summary>
    public string? DataRoot { get; set; }

    /// <inheritdoc cref="OrleansLogOptions.Restore"/>
    public bool Restore { get; set; }

    /// <inheritdoc cref="OrleansLogOptions.RestoreFrom"/>
    public Guid? RestoreFrom { get; set; }

    /// <inheritdoc cref="OrleansLogOptions.RenewEvery"/>
    public TimeSpan? RenewEvery { get; set; }

    /// <inheritdoc cref="OrleansLogOptions.StandstillAfter"/>
    public TimeSpan? StandstillAfter { get; set; }

    /// <summary>Where the cluster keeps what its silos share.</summary>
    public BlobStoreLocation Blobs { get; set; } = new();

    /// <summary>The engine.</summary>
    public LogNodeOptions Node { get; set; } = new() { Wal = { DiskBudgetBytes = WalBudget } };

    /// <summary>Puts them into the options of the silo's log.</summary>
    public void Apply(OrleansLogOptions log)
    {
        (log.DataDirectory, log.Node, log.Restore, log.RestoreFrom) = (DataDirectory!, Node, Restore, RestoreFrom);
        (log.RenewEvery, log.StandstillAfter) = (RenewEvery ?? log.RenewEvery, StandstillAfter ?? log.StandstillAfter);
    }
}

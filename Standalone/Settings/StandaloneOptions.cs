using Orleans.Log.Api.Server;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.Engine;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Standalone.Settings;

/// <summary>Everything that can be set. The values that stand here are the defaults that <see cref="SettingTable"/> shows.</summary>
internal sealed class StandaloneOptions
{
    /// <summary>The web server.</summary>
    public ServerOptions Server { get; } = new();

    /// <summary>The data directory; empty for <see cref="DefaultDataDirectory"/>.</summary>
    public string Data { get; set; } = "";

    /// <summary>The directory of the blob store; empty for one beside the data directory, null for none.</summary>
    public string? Blobs { get; set; } = "";

    /// <summary>Rebuild an empty data directory from the blob store first.</summary>
    public bool Restore { get; set; }

    /// <summary>What the WAL may take on disk, in bytes, if that was said; what counts is in <see cref="Node"/>.</summary>
    public long? WalDiskBudget
    {
        get;
        set
        {
            field = value;
            Node.Wal.DiskBudgetBytes = value ?? long.MaxValue;
        }
    }

    /// <summary>The engine.</summary>
    public LogNodeOptions Node { get; } = new();

    /// <summary>
    /// What the WAL may take when streams are moved to a store: it holds what is not there yet, and an absent store should be noticed before the disk is full.
    /// </summary>
    public const long WalBudgetWithStore = 4L << 30;

    /// <summary>
    /// The default folder: <c>$XDG_DATA_HOME/orleans-log</c>, that is <c>~/.local/share/orleans-log</c>; on Windows <c>%LOCALAPPDATA%\orleans-log</c>.
    /// Empty if the user has no such folder.
    /// </summary>
    public static string DefaultDataDirectory()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return home.Length == 0 ? "" : Path.Combine(home, "orleans-log");
    }

    /// <summary>Sets what follows from other values where nothing was said.</summary>
    public void Settle()
    {
        if (WalDiskBudget is null && Blobs is not null)
            Node.Wal.DiskBudgetBytes = WalBudgetWithStore;
    }

    /// <summary>The data directory as a full path.</summary>
    public string DataDirectory()
    {
        var directory = Data.Length > 0 ? Data : DefaultDataDirectory();
        return directory.Length > 0
            ? Path.GetFullPath(directory)
            : throw new SettingException("There is no home directory to keep data under; say where with --data.");
    }

    /// <summary>The directory of the blob store as a full path, or null for none.</summary>
    public string? BlobDirectory() => Blobs switch
    {
        null => null,
        "" => Path.TrimEndingDirectorySeparator(DataDirectory()) + "-blobs",
        _ => Path.GetFullPath(Blobs),
    };

    /// <summary>Throws <see cref="SettingException"/> for values that are each fine and do not go together.</summary>
    public void Validate()
    {
        Server.Validate("--allow-insecure");
        if (Blobs is null && Restore)
            throw new SettingException("--restore needs a blob store to restore from; say which with --blobs.");

        if (BlobDirectory() is { } blobs && Overlap(blobs, DataDirectory()))
            throw new SettingException($"The blob store ({blobs}) and the data directory ({DataDirectory()}) must not lie in one another: what is to survive the loss of one would go with it.");

        try
        {
            Node.Validate();
        }
        catch (OptionRangeException error)
        {
            throw EngineRange.Refusal(error, this);
        }
    }

    private static bool Overlap(string one, string other) => Within(one, other) || Within(other, one);

    private static bool Within(string inner, string outer)
    {
        var way = Path.GetRelativePath(outer, inner);
        return way != ".." && !way.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal) && !Path.IsPathRooted(way);
    }
}

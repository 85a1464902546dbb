using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Endpoints;
using Orleans.Log.Engine;

namespace Orleans.Log.Standalone.Settings;

/// <summary>Everything that can be set. The values that stand here are the defaults that <see cref="SettingTable"/> shows.</summary>
internal sealed class StandaloneOptions
{
    /// <summary>Where to listen.</summary>
    public IReadOnlyList<ListenAddress> Urls { get; set; } = ListenAddress.ParseList("http://127.0.0.1:5075");

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

    /// <summary>Listen on addresses that others can reach, although nobody is asked who they are.</summary>
    public bool AllowInsecure { get; set; }

    /// <summary>Least severe messages that are logged.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>How long a shutdown waits for requests that are under way.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Most connections at once.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>The engine.</summary>
    public LogNodeOptions Node { get; } = new();

    /// <summary>The HTTP API.</summary>
    public OrleansLogEndpointOptions Api { get; } = new();

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

    /// <summary>
    /// Every name by which the server may be called; <c>*</c> for any. Who listens on loopback only has no other names; who does not is reached by names that only
    /// the operator knows.
    /// </summary>
    public IReadOnlyList<string> Hosts() => Api.AllowedHosts.Count == 0 && Urls.Any(address => !address.IsLoopback)
        ? [HostNames.Any]
        : [.. HostNames.Loopback, .. Urls.Where(address => address.IsLoopback).Select(address => HostNames.Of(address.Host)), .. Api.AllowedHosts];

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
        if (!AllowInsecure && Urls.FirstOrDefault(address => !address.IsLoopback) is { } open)
        {
            throw new SettingException(
                $"Refusing to listen on {open.Text}: other machines could reach it, and this version asks nobody who they are, so whoever "
                + "reaches it can read, change and delete everything. Listen on 127.0.0.1, [::1] or localhost, or say --allow-insecure.");
        }

        if (Blobs is null && Restore)
            throw new SettingException("--restore needs a blob store to restore from; say which with --blobs.");

        if (BlobDirectory() is { } blobs && Overlap(blobs, DataDirectory()))
            throw new SettingException($"The blob store ({blobs}) and the data directory ({DataDirectory()}) must not lie in one another: what is to survive the loss of one would go with it.");

        try
        {
            Node.Validate();
            Api.Validate();
        }
        catch (ArgumentException error)
        {
            throw new SettingException(error.Message);
        }
    }

    private static bool Overlap(string one, string other) => Within(one, other) || Within(other, one);

    private static bool Within(string inner, string outer)
    {
        var way = Path.GetRelativePath(outer, inner);
        return way != ".." && !way.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal) && !Path.IsPathRooted(way);
    }
}

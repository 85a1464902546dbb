namespace Orleans.Log.Standalone.Settings;

/// <summary>
/// One thing that can be set, by its one name in three spellings: <c>--wal-file-size</c>, <c>ORLEANS_LOG_WAL_FILE_SIZE</c> and
/// <c>OrleansLog:WalFileSize</c> in appsettings.json.
/// </summary>
/// <param name="Name">Its name, in lower case with hyphens.</param>
/// <param name="Kind">What a value looks like.</param>
/// <param name="Default">The value that counts when nothing is said, as it would be written.</param>
/// <param name="Meaning">What it does, for <c>--help</c> and the README.</param>
/// <param name="Apply">Puts a value into the options; throws <see cref="FormatException"/> for one that cannot be taken.</param>
internal sealed record Setting(string Name, SettingKind Kind, string Default, string Meaning, Action<StandaloneOptions, string> Apply)
{
    public string EnvironmentName => SettingSources.EnvironmentPrefix + Name.Replace('-', '_').ToUpperInvariant();

    public string JsonName => string.Concat(Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>On the command line, may the value be left out, meaning true?</summary>
    public bool IsSwitch => Kind == SettingKind.Switch;
}

/// <summary>What a value looks like.</summary>
internal enum SettingKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>true or false.</summary>
    Switch,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>Bytes, with KiB, MiB or GiB if wanted.</summary>
    Size,

    /// <summary>A time, with ms, s, m or h.</summary>
    Duration,

    /// <summary>One of a few words.</summary>
    Choice,
}

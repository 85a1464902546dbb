namespace Orleans.Log.Api.Server.Settings;

/// <summary>
/// One thing that can be set, by its one name in several spellings: <c>--wal-file-size</c>, <c>WAL_FILE_SIZE</c> behind a prefix in the environment, and
/// <c>WalFileSize</c> in a section of a configuration.
/// </summary>
/// <typeparam name="TOptions">What it is set in.</typeparam>
/// <param name="Name">Its name, in lower case with hyphens.</param>
/// <param name="Kind">What a value looks like.</param>
/// <param name="Default">The value that counts when nothing is said, as it would be written.</param>
/// <param name="Meaning">What it does, for people.</param>
/// <param name="Apply">Puts a value into the options; throws <see cref="FormatException"/> for one that cannot be taken.</param>
public sealed record Setting<TOptions>(string Name, SettingKind Kind, string Default, string Meaning, Action<TOptions, string> Apply)
{
    /// <summary>Its name in the environment, without a prefix.</summary>
    public string EnvironmentName => Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>Its name in a configuration.</summary>
    public string JsonName => string.Concat(Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>On a command line, may the value be left out, meaning true?</summary>
    public bool IsSwitch => Kind == SettingKind.Switch;

    /// <summary>The same for options that hold these ones.</summary>
    public Setting<TOuter> Within<TOuter>(Func<TOuter, TOptions> part) =>
        new(Name, Kind, Default, Meaning, (options, value) => Apply(part(options), value));
}

/// <summary>What a value looks like.</summary>
public enum SettingKind
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

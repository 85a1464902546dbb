using System.Collections;
using System.Text.Json;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Standalone.Settings;

/// <summary>
/// Where values come from: the command line before the environment before appsettings.json in the working directory. A name that means
/// nothing is refused in all three, because a mistyped one would otherwise be ignored in silence.
/// </summary>
internal static class SettingSources
{
    public const string EnvironmentPrefix = "ORLEANS_LOG_";
    public const string JsonSection = "OrleansLog";

    /// <summary>Names under the prefix that belong to the tests.</summary>
    private static readonly string[] NotOurs = ["ORLEANS_LOG_LONG", "ORLEANS_LOG_SOAK_SECONDS"];

    /// <summary>The options that the three sources ask for; throws <see cref="SettingException"/>.</summary>
    public static StandaloneOptions Read(IReadOnlyList<string> arguments, IDictionary environment, string jsonFile)
    {
        var options = new StandaloneOptions();
        var values = FromCommandLine(arguments).Concat(FromEnvironment(environment)).Concat(FromJson(jsonFile)).ToList();
        foreach (var group in values.GroupBy(value => value.Setting))
            Apply(options, group.First());

        options.Settle();
        return options;
    }

    private static void Apply(StandaloneOptions options, (Setting<StandaloneOptions> Setting, string Value, string Source) given)
    {
        try
        {
            given.Setting.Apply(options, given.Value);
        }
        catch (FormatException error)
        {
            throw new SettingException($"{given.Source} {error.Message}; it is '{given.Value}'.");
        }
    }

    private static IEnumerable<(Setting<StandaloneOptions> Setting, string Value, string Source)> FromCommandLine(IReadOnlyList<string> arguments)
    {
        var seen = new HashSet<Setting<StandaloneOptions>>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = SplitAtEquals(arguments[i]);
            var setting = SettingTable.All.FirstOrDefault(setting => "--" + setting.Name == name)
                ?? throw new SettingException($"Unknown option '{arguments[i]}'; --help lists them.");
            if (!seen.Add(setting))
                throw new SettingException($"{name} is given twice.");

            if (value is null && setting.IsSwitch)
                value = i + 1 < arguments.Count && arguments[i + 1] is "true" or "false" ? arguments[++i] : "true";

            value ??= i + 1 < arguments.Count ? arguments[++i] : throw new SettingException($"{name} needs a value.");
            yield return (setting, value, name);
        }
    }

    private static (string Name, string? Value) SplitAtEquals(string argument) =>
        argument.IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? (argument[..at], argument[(at + 1)..]) : (argument, null);

    private static IEnumerable<(Setting<StandaloneOptions> Setting, string Value, string Source)> FromEnvironment(IDictionary environment)
    {
        foreach (DictionaryEntry entry in environment)
        {
            var name = (string)entry.Key;
            if (!name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) || NotOurs.Contains(name))
                continue;

            var value = (string?)entry.Value ?? "";
            if (SettingTable.All.FirstOrDefault(setting => EnvironmentPrefix + setting.EnvironmentName == name) is { } setting)
                yield return (setting, value, name);
            else if (!ServiceVariables.Has(name, value))
                throw new SettingException($"Unknown environment variable {name}; --help lists the options.");
        }
    }

    private static IEnumerable<(Setting<StandaloneOptions> Setting, string Value, string Source)> FromJson(string file)
    {
        if (!File.Exists(file))
            yield break;

        using var document = ParseJson(file);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(JsonSection, out var section))
            yield break;

        if (section.ValueKind != JsonValueKind.Object)
            throw new SettingException($"{file}: {JsonSection} must be an object.");

        foreach (var property in section.EnumerateObject())
        {
            var setting = SettingTable.All.FirstOrDefault(setting => setting.JsonName == property.Name)
                ?? throw new SettingException($"{file}: unknown setting {JsonSection}:{property.Name}; --help lists the options.");
            yield return (setting, ValueOf(property.Value), $"{file}: {JsonSection}:{property.Name}");
        }
    }

    private static JsonDocument ParseJson(string file)
    {
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
            return JsonDocument.Parse(File.ReadAllText(file), options);
        }
        catch (JsonException error)
        {
            throw new SettingException($"{file} is not JSON: {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{file} cannot be read: {error.Message}");
        }
    }

    private static string ValueOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

using System.Buffers;

namespace Orleans.Log.Engine.Metadata;

/// <summary>
/// The name of a metadata value: an area, 1 to <see cref="MaxAreaLength"/> characters of [a-z0-9-], a slash, and at least one more character of printable ASCII without the space; at most
/// <see cref="MaxLength"/> characters in all. What follows the area may be a name that people gave: it never becomes part of a path.
/// </summary>
public readonly record struct MetadataKey
{
    /// <summary>Most characters: an area and the longest name of a stream, with something to spare.</summary>
    public const int MaxLength = 320;

    /// <summary>Most characters of an area.</summary>
    public const int MaxAreaLength = 32;

    private static readonly SearchValues<char> AreaCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private readonly string? _value;

    /// <summary>Takes a key that keeps the rules; throws <see cref="ArgumentException"/> for any other.</summary>
    public MetadataKey(string value)
    {
        RequirePrefix(value);
        if (value[^1] == '/' && value.IndexOf('/', StringComparison.Ordinal) == value.Length - 1)
            throw new ArgumentException("A metadata key has something behind its area.", nameof(value));

        _value = value;
    }

    /// <summary>The key as text. The default of this type is no key: asking for its text throws <see cref="InvalidOperationException"/>.</summary>
    public string Value => _value ?? throw new InvalidOperationException("This is the default of MetadataKey, which names nothing.");

    /// <summary>What stands before the first slash.</summary>
    internal string Area => AreaOf(Value);

    /// <summary>Throws <see cref="ArgumentException"/> unless the text could begin a key: it has an area and the slash behind it, and the rest keeps the rules so far.</summary>
    public static void RequirePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var slash = prefix.IndexOf('/', StringComparison.Ordinal);
        if (slash is < 1 or > MaxAreaLength || prefix.Length > MaxLength || prefix.AsSpan(0, slash).ContainsAnyExcept(AreaCharacters) || prefix.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw new ArgumentException(
                $"A metadata key is an area of 1 to {MaxAreaLength} characters of [a-z0-9-], a slash, and printable ASCII without spaces, at most {MaxLength} characters.", nameof(prefix));
        }
    }

    /// <summary>The key as text; empty for the default.</summary>
    public override string ToString() => _value ?? string.Empty;

    internal static string AreaOf(string prefix) => prefix[..prefix.IndexOf('/', StringComparison.Ordinal)];
}

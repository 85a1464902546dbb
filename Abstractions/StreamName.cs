using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log;

/// <summary>
/// The name that people give a log stream: <c>[A-Za-z0-9][A-Za-z0-9._:~-]{0,255}</c>, compared ordinally. Names never become
/// paths; files and blobs carry the <see cref="StreamId"/>.
/// </summary>
public readonly struct StreamName : IEquatable<StreamName>, IComparable<StreamName>
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:~-");

    private readonly string? _value;

    private StreamName(string value) => _value = value;

    /// <summary>The name as text; empty for the default value, which names nothing.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>Takes a name, or throws <see cref="LogException"/> with <see cref="LogErrorCode.BadRequest"/>.</summary>
    public static StreamName Parse(string? value) =>
        TryParse(value, out var name)
            ? name
            : throw new LogException(
                LogErrorCode.BadRequest,
                "A stream name has 1 to 256 characters of A-Z a-z 0-9 . _ : ~ - and starts with a letter or a digit.");

    /// <summary>Takes a name if it is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, out StreamName name)
    {
        if (value is { Length: > 0 and <= Limits.StreamNameLength }
            && char.IsAsciiLetterOrDigit(value[0])
            && !value.AsSpan().ContainsAnyExcept(Allowed))
        {
            name = new StreamName(value);
            return true;
        }

        name = default;
        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(StreamName other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public bool Equals(StreamName other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StreamName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Same name.</summary>
    public static bool operator ==(StreamName left, StreamName right) => left.Equals(right);

    /// <summary>Another name.</summary>
    public static bool operator !=(StreamName left, StreamName right) => !left.Equals(right);

    /// <summary>Ordinal order.</summary>
    public static bool operator <(StreamName left, StreamName right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(StreamName left, StreamName right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(StreamName left, StreamName right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(StreamName left, StreamName right) => left.CompareTo(right) >= 0;
}

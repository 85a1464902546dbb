using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Orleans.Log.Engine.Blobs;

/// <summary>
/// The name of a blob: 1 to <see cref="MaxLength"/> characters of [a-z0-9./-], in parts between slashes that are not empty and do not end
/// in a dot. So no name is a path that leads out of a store, none needs escaping anywhere, none differs from another by case alone, and none is shortened by
/// Windows or by Azure, which drop dots at the end of a part.
/// </summary>
public readonly record struct BlobName
{
    /// <summary>Most characters of a name.</summary>
    public const int MaxLength = 200;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789./-");

    private readonly string? _value;

    /// <summary>Takes a name that keeps the rules; throws <see cref="ArgumentException"/> for any other.</summary>
    public BlobName(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!IsValid(value))
            throw new ArgumentException($"A blob's name is 1 to {MaxLength} characters of [a-z0-9./-], without empty parts and parts that end in a dot.", nameof(value));

        _value = value;
    }

    /// <summary>The name as text. The default of this type is no name: asking for its text throws <see cref="InvalidOperationException"/>.</summary>
    public string Value => _value ?? throw new InvalidOperationException("This is the default of BlobName, which names nothing.");

    /// <summary>Takes a name from elsewhere, such as a listing; false if it does not keep the rules.</summary>
    public static bool TryParse([NotNullWhen(true)] string? value, out BlobName name)
    {
        var valid = value is not null && IsValid(value);
        name = valid ? new BlobName(value!) : default;
        return valid;
    }

    /// <summary>
    /// Throws <see cref="ArgumentException"/> unless the text could begin a name: at most <see cref="MaxLength"/> characters of the same set. It need not
    /// end at a slash; the empty prefix begins every name.
    /// </summary>
    public static void RequirePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length > MaxLength || prefix.AsSpan().ContainsAnyExcept(Allowed))
            throw new ArgumentException($"A prefix is at most {MaxLength} characters of [a-z0-9./-].", nameof(prefix));
    }

    /// <summary>The name as text; empty for the default.</summary>
    public override string ToString() => _value ?? string.Empty;

    private static bool IsValid(string value)
    {
        if (value.Length is 0 or > MaxLength || value.AsSpan().ContainsAnyExcept(Allowed))
            return false;

        foreach (var range in value.AsSpan().Split('/'))
        {
            if (value.AsSpan()[range] is "" or [.., '.'])
                return false;
        }

        return true;
    }
}

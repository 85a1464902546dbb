namespace Orleans.Log.Engine;

/// <summary>An option of a node is out of its range. Nothing was opened.</summary>
public sealed class OptionRangeException : ArgumentException
{
    internal OptionRangeException(string option, object value, object least, object most)
        : base(FormattableString.Invariant($"LogNodeOptions.{option} is {value}; it must be from {least} to {most}.")) =>
        (Option, Value, Least, Most) = (option, value, least, most);

    /// <summary>The option as a path of properties from <see cref="LogNodeOptions"/>, for example <c>Wal.FileSizeMiB</c>.</summary>
    public string Option { get; }

    /// <summary>Its value.</summary>
    public object Value { get; }

    /// <summary>The least that it may be.</summary>
    public object Least { get; }

    /// <summary>The most that it may be.</summary>
    public object Most { get; }

    internal static void Check<T>(T value, string option, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            throw new OptionRangeException(option, value, least, most);
    }
}

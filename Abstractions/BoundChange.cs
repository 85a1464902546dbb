namespace Orleans.Log;

/// <summary>
/// What a change does to a bound that a stream may also be without: leaves it (the default value), sets it (a value converts by itself), or lifts
/// it. Not a nullable value, because null could mean either of the last two.
/// </summary>
/// <typeparam name="T">What the bound is measured in.</typeparam>
public readonly record struct BoundChange<T>
    where T : struct
{
    internal BoundChange(T? value) => (IsChange, Value) = (true, value);

    /// <summary>Something is to be changed.</summary>
    public bool IsChange { get; }

    /// <summary>What to set, if <see cref="IsChange"/>; null lifts the bound.</summary>
    public T? Value { get; }

    /// <summary>The bound is to be this.</summary>
    public static implicit operator BoundChange<T>(T value) => new(value);

    /// <summary>The bound after the change.</summary>
    public T? ApplyTo(T? present) => IsChange ? Value : present;
}

/// <summary>Makes changes of bounds where a value alone does not say it.</summary>
public static class BoundChange
{
    /// <summary>The bound goes: there is none any more.</summary>
    public static BoundChange<T> Lift<T>()
        where T : struct => new(null);

    /// <summary>The bound is to be this; null lifts it.</summary>
    public static BoundChange<T> To<T>(T? value)
        where T : struct => new(value);
}

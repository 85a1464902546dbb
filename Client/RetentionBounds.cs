namespace Orleans.Log.Client;

/// <summary>The bounds of a stream's retention. Null in a change means "as it is", so what is to go is said by these.</summary>
[Flags]
public enum RetentionBounds
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>How long records are kept.</summary>
    Age = 1,

    /// <summary>How many stored bytes are kept.</summary>
    Bytes = 2,

    /// <summary>How many records are kept.</summary>
    Records = 4,
}

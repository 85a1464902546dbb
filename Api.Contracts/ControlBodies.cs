namespace Orleans.Log.Api.Contracts;

/// <summary>Where a stream stands.</summary>
public sealed record TailBody
{
    /// <summary>Lowest LSN that can still be read.</summary>
    public long Head { get; init; }

    /// <summary>LSN that the next record gets.</summary>
    public long Tail { get; init; }

    /// <summary>The tail will never move again.</summary>
    public bool Sealed { get; init; }

    /// <summary>Timestamp of the last record, milliseconds since 1970 UTC; absent if there never was one.</summary>
    public long? LastTimestamp { get; init; }
}

/// <summary>Asks to give up everything below an LSN.</summary>
public sealed record TrimBody
{
    /// <summary>Lowest LSN that stays.</summary>
    public long Before { get; init; }
}

/// <summary>Asks to set the fencing token.</summary>
public sealed record FenceBody
{
    /// <summary>The token; empty removes it.</summary>
    public required string Token { get; init; }

    /// <summary>Only if this is the present token; empty: only if there is none.</summary>
    public string? Expected { get; init; }
}

/// <summary>What trim, fence and seal answer.</summary>
public sealed record CommandBody
{
    /// <summary>Tail at which the command took effect.</summary>
    public long Position { get; init; }

    /// <summary>Lowest LSN that can still be read.</summary>
    public long Head { get; init; }

    /// <summary>LSN that the next record gets.</summary>
    public long Tail { get; init; }

    /// <summary>The tail will never move again.</summary>
    public bool Sealed { get; init; }
}

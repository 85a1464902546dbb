namespace Orleans.Log.Engine.Reading;

/// <summary>What one read is to do, decided under the stream's lock; the reading itself needs no lock.</summary>
internal readonly record struct ReadPlan
{
    /// <summary>Records of a page if the request does not say.</summary>
    public const int DefaultRecords = 1_000;

    /// <summary>Bytes of a page if the request does not say.</summary>
    public const int DefaultBytes = 1024 * 1024;

    /// <summary>LSN of the first record; null if it is the first one that is not older than <see cref="Since"/>.</summary>
    public long? Start { get; init; }

    /// <summary>Where to go on from when nothing is read.</summary>
    public long EmptyAt { get; init; }

    /// <summary>See <see cref="Start"/>; milliseconds since 1970 UTC.</summary>
    public long Since { get; init; }

    /// <summary>LSN behind the last record that may be read; null if there is nothing to read.</summary>
    public long? End { get; init; }

    /// <summary>The first record is in the store only, or may be; <see cref="End"/> is then where what is offloaded ends.</summary>
    public bool InStore { get; init; }

    /// <summary>Where the walk begins in the WAL.</summary>
    public IndexEntry From { get; init; }

    /// <summary>From this LSN on the place of each batch is known; <see cref="long.MaxValue"/> if of none.</summary>
    public long EachFrom { get; init; }

    /// <summary>Most records.</summary>
    public int MaxRecords { get; init; }

    /// <summary>Most bytes.</summary>
    public int MaxBytes { get; init; }

    /// <summary>Stop before this timestamp.</summary>
    public long Until { get; init; }

    /// <summary>The stream as it stood.</summary>
    public StreamPosition Stream { get; init; }

    /// <summary>Why the request is refused whatever the stream holds, or null.</summary>
    public static LogException? Refuse(in ReadRequest request)
    {
        if (request.Start is < 0 or > Limits.Position)
            return Bad($"A start lies between 0 and {Limits.Position}.");

        if (request.MaxRecords is < 1 or > Limits.ReadRecords)
            return Bad($"A page has 1 to {Limits.ReadRecords} records.");

        if (request.MaxBytes is < 1 or > Limits.ReadBytes)
            return Bad($"A page has 1 to {Limits.ReadBytes} bytes.");

        return request.Wait < TimeSpan.Zero || request.Wait > Limits.ReadWait
            ? Bad($"A read waits for at most {Limits.ReadWait.TotalSeconds} seconds.")
            : null;
    }

    private static LogException Bad(string message) => new(LogErrorCode.BadRequest, message);
}

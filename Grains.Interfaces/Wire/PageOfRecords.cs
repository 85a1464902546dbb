namespace Orleans.Log.Grains.Wire;

/// <summary>A page as it travels. The records are dense: the first has the LSN <see cref="Start"/>. Immutable once it is sent.</summary>
[GenerateSerializer]
[Immutable]
[Alias("olog.page.v1")]
public sealed class PageOfRecords
{
    /// <summary>The records.</summary>
    [Id(0)]
    public RecordBlock Records { get; init; } = new();

    /// <summary>LSN of the first record; without any, <see cref="Next"/>.</summary>
    [Id(1)]
    public long Start { get; init; }

    /// <summary>See <see cref="ReadPage.Next"/>.</summary>
    [Id(2)]
    public long Next { get; init; }

    /// <summary>See <see cref="ReadPage.Head"/>.</summary>
    [Id(3)]
    public long Head { get; init; }

    /// <summary>See <see cref="ReadPage.Tail"/>.</summary>
    [Id(4)]
    public long Tail { get; init; }

    /// <summary>See <see cref="ReadPage.Offloaded"/>.</summary>
    [Id(5)]
    public long Offloaded { get; init; }

    /// <summary>See <see cref="ReadPage.Sealed"/>.</summary>
    [Id(6)]
    public bool Sealed { get; init; }

    /// <summary>A copy of a page, which may be disposed then.</summary>
    public static PageOfRecords Of(ReadPage page)
    {
        var records = page.Records.Span;
        return new PageOfRecords
        {
            Records = RecordBlock.Of(records),
            Start = records.IsEmpty ? page.Next : records[0].Lsn,
            Next = page.Next,
            Head = page.Head,
            Tail = page.Tail,
            Offloaded = page.Offloaded,
            Sealed = page.Sealed,
        };
    }

    /// <summary>The page as the port has it. Throws <see cref="LogException"/> if its lengths do not fit.</summary>
    public ReadPage ToReadPage() => new ReceivedPage(this);
}

using Orleans.Log.Engine;

namespace Orleans.Log.Cli.Stores;

/// <summary>What was restored; with --json exactly this.</summary>
internal sealed record RestoreResult
{
    /// <summary>The data directory that was built.</summary>
    public required string Directory { get; init; }

    /// <summary>The store that it was built from.</summary>
    public required string Blobs { get; init; }

    /// <summary>The node that is gone.</summary>
    public required Guid FromNode { get; init; }

    /// <summary>The node that takes its place.</summary>
    public required Guid Node { get; init; }

    /// <summary>Streams of which records may be lost.</summary>
    public required int StreamsWithLoss { get; init; }

    /// <summary>The streams, in the order of their names.</summary>
    public required IReadOnlyList<RestoreStream> Streams { get; init; }

    /// <summary>Streams that could not be restored and were left out, in the order of their names; absent if there are none.</summary>
    public IReadOnlyList<LeftOutStream>? LeftOut { get; init; }

    public static RestoreResult Of(string directory, string blobs, RestoreReport report) => new()
    {
        Directory = directory,
        Blobs = blobs,
        FromNode = report.FromNode,
        Node = report.Node,
        StreamsWithLoss = report.Streams.Count(stream => stream.Tail > stream.Offloaded),
        Streams = [.. report.Streams.OrderBy(stream => stream.Name).Select(RestoreStream.Of)],
        LeftOut = report.LeftOut.Count == 0 ? null : [.. report.LeftOut.Select(LeftOutStream.Of)],
    };
}

/// <summary>One restored stream.</summary>
internal sealed record RestoreStream
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required long Head { get; init; }

    /// <summary>Everything from the head to here is back.</summary>
    public required long Offloaded { get; init; }

    /// <summary>Where appending goes on.</summary>
    public required long Tail { get; init; }

    public required bool Sealed { get; init; }

    /// <summary>Records with these LSNs, if there were any, lay only in the lost log; reads there answer corrupt. Absent if nothing can be lost.</summary>
    public LostRange? Lost { get; init; }

    public static RestoreStream Of(RestoredStream stream) => new()
    {
        Name = stream.Name.Value,
        Id = stream.Id.ToString(),
        Head = stream.Head,
        Offloaded = stream.Offloaded,
        Tail = stream.Tail,
        Sealed = stream.Sealed,
        Lost = stream.Tail > stream.Offloaded ? new LostRange(stream.Offloaded, stream.Tail) : null,
    };
}

/// <summary>A range of LSNs that will never be read again.</summary>
/// <param name="From">The first.</param>
/// <param name="To">Behind the last.</param>
internal sealed record LostRange(long From, long To);

/// <summary>A stream that was left out. It is in the store as before.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its identity.</param>
/// <param name="Head">Lowest LSN that could be read.</param>
/// <param name="Offloaded">Everything from the head to here is in the store.</param>
/// <param name="Blob">The blob with its snapshot.</param>
/// <param name="Problem">Why it was left out.</param>
internal sealed record LeftOutStream(string Name, string Id, long Head, long Offloaded, string Blob, string Problem)
{
    public static LeftOutStream Of(UnrestoredStream stream) => new(stream.Name.Value, stream.Id.ToString(), stream.Head, stream.Offloaded, stream.Blob, stream.Problem);
}

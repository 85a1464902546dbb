using Orleans.Log.Engine;

namespace Orleans.Log.Testing.Soak;

/// <summary>What must hold of a node that was rebuilt from the store alone.</summary>
/// <param name="node">The node.</param>
/// <param name="report">What the restore said.</param>
/// <param name="known">What was acknowledged before, and up to where it was known to be offloaded, by the streams' numbers.</param>
/// <param name="settings">Of the soak.</param>
public sealed class SoakRebuilt(LogNode node, RestoreReport report, (long Acknowledged, long Offloaded)[] known, SoakSettings settings)
{
    private const int ReadersAtOnce = 4;

    /// <summary>Reads and compares everything; returns what was compared, and how many acknowledged records are lost.</summary>
    public async Task<(long Records, long Bytes, long Lost)> RunAsync()
    {
        report.Streams.Select(static stream => stream.Name).ShouldBe(Enumerable.Range(0, settings.Streams).Select(SoakStream.NameOf), ignoreOrder: true);

        long records = 0, bytes = 0, lost = 0;
        await Parallel.ForEachAsync(report.Streams, new ParallelOptions { MaxDegreeOfParallelism = ReadersAtOnce }, async (restored, cancellationToken) =>
        {
            var number = int.Parse(restored.Name.Value.AsSpan("soak-".Length), provider: null);
            var stream = await node.OpenAsync(restored.Name, cancellationToken);
            var position = await stream.CheckTailAsync(cancellationToken);
            RequireBounds(number, restored, position);

            Interlocked.Add(ref bytes, await SoakStream.VerifyAsync(stream, number, restored.Head, restored.Offloaded, cancellationToken));
            Interlocked.Add(ref records, restored.Offloaded - restored.Head);
            Interlocked.Add(ref lost, known[number].Acknowledged - restored.Offloaded);
            await RequireLostAsync(stream, restored, cancellationToken);
            await RequireUseAsync(stream, number, restored, cancellationToken);
        });

        return (records, bytes, lost);
    }

    private void RequireBounds(int number, RestoredStream restored, StreamPosition position)
    {
        var (acknowledged, offloaded) = known[number];
        restored.Offloaded.ShouldBeInRange(offloaded, acknowledged, $"What is offloaded comes back, and nothing that was not appended: {restored}");
        restored.Tail.ShouldBeGreaterThan(acknowledged, $"No position is used twice, and everything that is missing is said to be lost: {restored}");
        (position.Head, position.Tail).ShouldBe((restored.Head, restored.Tail));
        if (settings.KeepFor is null)
            restored.Head.ShouldBe(0);
    }

    /// <summary>The range that the report calls lost is one that readers are told of, from its first position to its last.</summary>
    private static async Task RequireLostAsync(ILogStream stream, RestoredStream restored, CancellationToken cancellationToken)
    {
        foreach (var lsn in new[] { restored.Offloaded, restored.Tail - 1 })
        {
            var error = await Should.ThrowAsync<LogException>(async () => (await stream.ReadAsync(ReadRequest.FromLsn(lsn), cancellationToken)).Dispose());
            (error.Code, error.Facts.Reason).ShouldBe((LogErrorCode.Corrupt, "lost"));
        }
    }

    private static async Task RequireUseAsync(ILogStream stream, int number, RestoredStream restored, CancellationToken cancellationToken)
    {
        var payload = new byte[SoakRecord.MaxBytes];
        var length = SoakRecord.Write(number, restored.Tail, payload);
        var result = await stream.AppendAsync(new RecordBatch(payload.AsMemory(0, length)), AppendConditions.None, cancellationToken);
        result.Start.ShouldBe(restored.Tail);
        await SoakStream.VerifyAsync(stream, number, result.Start, result.End, cancellationToken);
    }
}

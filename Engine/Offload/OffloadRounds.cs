using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Orleans.Log.Engine.Segments;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// Makes rounds: some streams are cut, their records become one segment, their snapshots one pack, and their roots are replaced; each step only after the one before, in the order of
/// <see cref="OffloadStage"/>. Several rounds may run at once, of different streams.
/// </summary>
internal sealed class OffloadRounds(RoundContext context, StoreAccess store, RootPages roots, Attempts attempts)
{
    /// <summary>Producers after whose snapshots a round takes no more streams, at about half a kilobyte each: what a stream remembers of them can be most of its cut.</summary>
    private const int ProducersPerRound = 16_384;

    private readonly SegmentLists _lists = new();
    private readonly UploadPace _pace = new(context.Options.BandwidthBytesPerSecond, context.Time);

    /// <summary>
    /// Gives each of the streams its turn, and gives each back to the schedule. Returns what kept some of them from being published, or null; never throws. A stream that has a
    /// damage of its own is not a failure of the round: it is left in peace until its next turn by age.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever failed, the later steps must not run, and the streams come again.")]
    public async Task<Exception?> RunAsync(IReadOnlyList<OffloadTicket> tickets, CancellationToken cancellationToken)
    {
        var round = new HashSet<OffloadTicket>(tickets);
        var begun = context.Time.GetTimestamp();
        try
        {
            Cut(round);
            if (!context.Sabotage.Has(OffloadSabotage.PublishBeforeDurable))
            {
                context.Probe?.Invoke(OffloadStage.Settle);
                await context.Wal.WhenDurableAsync(context.Wal.End);
                foreach (var ticket in round)
                    await ticket.Job!.Committed;
            }

            await CarryAsync(round, cancellationToken);
            foreach (var ticket in round.Where(static ticket => !ticket.Job!.IsCarried).ToList())
                GiveBack(round, ticket, failure: null);

            await PublishAsync(round, cancellationToken);
            context.Instruments.OnOffloaded(context.Time.GetElapsedTime(begun));
            return null;
        }
        catch (Exception error)
        {
            foreach (var ticket in round.ToList())
                GiveBack(round, ticket, error);

            context.Instruments.OnOffloadFailed(context.Time.GetElapsedTime(begun), error);
            return error;
        }
    }

    private void Cut(HashSet<OffloadTicket> round)
    {
        context.Probe?.Invoke(OffloadStage.Cut);
        var producers = 0;
        foreach (var ticket in round.Where(static ticket => ticket.Job is null).ToList())
        {
            if (producers >= ProducersPerRound)
            {
                GiveBack(round, ticket, failure: null);
                continue;
            }

            var bytes = ticket.Stream.Uncut;
            if (ticket.Stream.Cut(out var committed) is { } cut)
            {
                ticket.Job = new OffloadJob(cut, committed, ticket.Stream.Owner!.Entry, bytes);
                producers += cut.Producers.Count;
            }
            else
            {
                Finish(round, ticket);
            }
        }
    }

    private async Task CarryAsync(HashSet<OffloadTicket> round, CancellationToken cancellationToken)
    {
        if (round.All(static ticket => ticket.Job!.IsCarried))
            return;

        var attempt = attempts.Take();
        try
        {
            context.Probe?.Invoke(OffloadStage.Collect);
            using var segment = new SegmentBuilder(PlaceOf(attempt), store.Now);
            var collector = new EntryCollector(context.Wal, context.Options.SegmentBytes);
            collector.Collect(round, segment);
            foreach (var (ticket, error) in collector.Failed)
                Drop(round, ticket, error);

            foreach (var ticket in collector.Outdated)
                CutAgain(round, ticket);

            if (segment.Runs == 0)
                return;

            var finished = segment.Complete();
            var upload = new BlobUpload(store.Blobs, _pace, context.Sabotage);
            context.Probe?.Invoke(OffloadStage.PutSegment);
            await upload.PutAsync(finished.Place.Blob.Segment, finished.Content, cancellationToken);
            context.Probe?.Invoke(OffloadStage.VerifySegment);
            await upload.VerifyAsync(finished.Place.Blob.Segment, finished.Content, cancellationToken);
            context.Instruments.OnSegmentWritten(finished.Content.Length);
            var jobs = round.ToDictionary(static ticket => ticket.Stream.Id, static ticket => ticket.Job!);
            foreach (var part in finished.Parts)
            {
                // Of a stream that was dropped there may be a beginning.
                if (!jobs.TryGetValue(part.Stream, out var job))
                    continue;

                attempts.Hold(attempt);
                job.Carried(part.Ref);
            }
        }
        finally
        {
            attempts.Release(attempt);
        }
    }

    private async Task PublishAsync(HashSet<OffloadTicket> round, CancellationToken cancellationToken)
    {
        if (round.Count == 0)
            return;

        var attempt = attempts.Take();
        try
        {
            using var pack = new PackBuilder(PlaceOf(attempt), store.Now);
            var packed = await PackAsync(round, pack, cancellationToken);
            if (packed.Count == 0)
                return;

            var finished = pack.Complete();
            var upload = new BlobUpload(store.Blobs, _pace, context.Sabotage);
            context.Probe?.Invoke(OffloadStage.PutPack);
            await upload.PutAsync(finished.Place.Blob.Pack, finished.Content, cancellationToken);
            context.Probe?.Invoke(OffloadStage.VerifyPack);
            await upload.VerifyAsync(finished.Place.Blob.Pack, finished.Content, cancellationToken);
            await PagePublication.RunAsync(
                packed.GroupBy(static item => RootPage.NumberOf(item.Key.Stream.Id)),
                page => ReplaceAsync(round, page, cancellationToken),
                page =>
                {
                    context.Probe?.Invoke(OffloadStage.Mark);
                    Mark(round, page);
                });
            context.Probe?.Invoke(OffloadStage.Reclaim);
        }
        finally
        {
            attempts.Release(attempt);
        }
    }

    private async Task ReplaceAsync(HashSet<OffloadTicket> round, IGrouping<int, KeyValuePair<OffloadTicket, PackedSnapshot>> page, CancellationToken cancellationToken)
    {
        if (context.Sabotage.Has(OffloadSabotage.MarkBeforeRoot))
            Mark(round, page);

        await roots.ChangeAsync(page.Key, [.. page.Select(static item => RootChange.Put(item.Value.Root, () => !item.Key.Stream.IsDeleted))], cancellationToken);
    }

    private async Task<Dictionary<OffloadTicket, PackedSnapshot>> PackAsync(HashSet<OffloadTicket> round, PackBuilder pack, CancellationToken cancellationToken)
    {
        var packed = new Dictionary<OffloadTicket, PackedSnapshot>();
        var packer = new SnapshotPacker(store, roots, _lists, context.Self, pack);
        foreach (var ticket in round.ToList())
        {
            // Producers' tables make some snapshots large; who finds no room comes again with the next pack.
            if (pack.Length > context.Options.SegmentBytes)
            {
                GiveBack(round, ticket, failure: null);
                continue;
            }

            if (IsOvertaken(ticket.Job!))
            {
                CutAgain(round, ticket);
                continue;
            }

            try
            {
                packed.Add(ticket, await packer.AddAsync(ticket.Job!, cancellationToken));
            }
            catch (StoreFormatException error)
            {
                Drop(round, ticket, error);
            }
        }

        return packed;
    }

    /// <summary>
    /// Does what is published end in the middle of a run of this cut? Then a write of an earlier process, which was still under way when this one attached, came late: its cut ended elsewhere.
    /// </summary>
    private bool IsOvertaken(OffloadJob job) =>
        roots.Find(job.Cut.Id) is { } root && job.Runs.Any(run => run.First < root.Offloaded && root.Offloaded < run.End);

    private void Mark(HashSet<OffloadTicket> round, IEnumerable<KeyValuePair<OffloadTicket, PackedSnapshot>> published)
    {
        foreach (var (ticket, snapshot) in published)
        {
            if (ticket.Job is not { } job)
                continue;

            _lists.Remember(snapshot.Root, snapshot.Segments);
            context.Published(ticket.Stream, ticket.Stream.MarkOffloaded(job.Cut.Tail, job.Cut.AsOf, job.Cut.LastTimestamp ?? 0), snapshot);
            Finish(round, ticket);
        }
    }

    /// <summary>A stream has something of its own that keeps it from being offloaded. What it has stays in the WAL.</summary>
    private void Drop(HashSet<OffloadTicket> round, OffloadTicket ticket, Exception error)
    {
        context.Logger.LogError(error, "Stream {Stream} cannot be offloaded; what it has stays in the log", ticket.Stream.Id);
        DropCut(ticket);
        Finish(round, ticket, damaged: true);
    }

    /// <summary>A cut does not fit any longer, because the stream was trimmed or another one of it was published. That is no damage: it comes again at once, with a cut that knows of that.</summary>
    private void CutAgain(HashSet<OffloadTicket> round, OffloadTicket ticket)
    {
        DropCut(ticket);
        ReleaseJob(ticket);
        GiveBack(round, ticket, failure: null);
    }

    private void GiveBack(HashSet<OffloadTicket> round, OffloadTicket ticket, Exception? failure)
    {
        round.Remove(ticket);
        context.Schedule.Return(ticket, failure);
    }

    private void Finish(HashSet<OffloadTicket> round, OffloadTicket ticket, bool damaged = false)
    {
        ReleaseJob(ticket);
        round.Remove(ticket);
        context.Schedule.Done(ticket, damaged);
    }

    private void DropCut(OffloadTicket ticket)
    {
        // It, or another one, may have been published by a write whose answer was lost; then the next one begins behind that.
        if (roots.Find(ticket.Stream.Id) is { } root && root.Owner == context.Self)
            ticket.Stream.MarkOffloaded(root.Offloaded, root.AsOf, ticket.Job!.Cut.LastTimestamp ?? 0);

        ticket.Stream.DropCut();
    }

    private void ReleaseJob(OffloadTicket ticket)
    {
        foreach (var run in ticket.Job?.Runs ?? [])
            attempts.Release(run.Blob.Attempt);

        ticket.Job = null;
    }

    private BlobPlace PlaceOf(long attempt) => new(store.Id, new BlobId(context.Self.Node, attempt));
}

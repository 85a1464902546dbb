using System.Globalization;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Testing.Blobs;

namespace Orleans.Log.Testing.Soak;

/// <summary>
/// A node on a real disk with far less room for its log than it writes, under half the load that it can bear, and a store that must therefore take everything; then the node's directory
/// is deleted, the node rebuilt, and everything that was offloaded read back and compared.
/// </summary>
public sealed class SoakRun
{
    private readonly SoakSettings _settings;
    private readonly Func<Task<IBlobStore>> _openStore;
    private readonly Action<string> _say;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly SoakMeters _meters = new();
    private readonly SoakLog _log = new();
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "orleans-log-soak-" + Path.GetRandomFileName());

    private long _refusedAtMost;

    private SoakRun(SoakSettings settings, Func<Task<IBlobStore>> openStore, Action<string> say) =>
        (_settings, _openStore, _say) = (settings, openStore, say);

    /// <summary>Runs it, says what it did, and fails if it did not go well.</summary>
    /// <param name="settings">How long, and with how little.</param>
    /// <param name="openStore">Opens the store, which is called again when the node is rebuilt.</param>
    /// <param name="say">Takes a line for people.</param>
    public static async Task RunAsync(SoakSettings settings, Func<Task<IBlobStore>> openStore, Action<string> say)
    {
        var run = new SoakRun(settings, openStore, say);
        try
        {
            var acknowledged = await run.LoadAsync();
            Directory.Delete(run._directory, recursive: true);
            await run.RebuildAsync(acknowledged);
            run._log.Errors.ShouldBeEmpty();
        }
        finally
        {
            foreach (var line in run._log.Warnings.Concat(run._log.Errors))
                say(line);

            run._meters.Dispose();
            if (Directory.Exists(run._directory))
                Directory.Delete(run._directory, recursive: true);
        }
    }

    private LogNodeHost Host(IBlobStore store) => new()
    {
        Disk = HostDisk.Open(_directory),
        Blobs = store,
        Time = _time,
        Loggers = _log,
        Meters = _meters,
        OnFailure = error => _log.Log(Microsoft.Extensions.Logging.LogLevel.Critical, default, "The node failed", error, static (text, _) => text),
    };

    /// <summary>The load and what must hold under it. Returns what was acknowledged, and up to where it is known to be offloaded, by the streams' numbers.</summary>
    private async Task<(long Acknowledged, long Offloaded)[]> LoadAsync()
    {
        var store = new CountingBlobStore(await _openStore());
        await using var node = await LogNode.StartAsync(_settings.NodeOptions(), Host(store));
        var streams = await CreateAsync(node);
        var samples = new SoakSamples(node, Path.Combine(_directory, "wal"), _time);

        await using (var load = new SoakLoad(_settings, streams, _time))
        {
            await SteadyAsync(load, samples);
            Say(load, samples, store);
            Judge(load, samples);
        }

        await SoakWait.UntilAsync(() => node.Health.Store!.LagBytes == 0, _settings.Patience, _time, () => $"the store to take what is left: {node.Health}");
        foreach (var stream in streams)
        {
            var position = await stream.Stream.CheckTailAsync(CancellationToken.None);
            (position.Tail, position.Offloaded).ShouldBe((stream.Acknowledged, stream.Acknowledged));
        }

        var settled = streams.Sum(static stream => stream.Acknowledged);
        await using (var load = new SoakLoad(_settings, streams, _time))
            await Task.Delay(_settings.NodeOptions().Offload.SegmentAge / 3, _time, load.Failed);

        samples.Look();
        samples.MaxWal.ShouldBeLessThanOrEqualTo(_settings.WalBudget);
        _say($"At the end {streams.Sum(static stream => stream.Acknowledged) - settled:N0} records more, most of them too young to be offloaded.");
        return [.. await Task.WhenAll(streams.Select(static async stream => (stream.Acknowledged, (await stream.Stream.CheckTailAsync(CancellationToken.None)).Offloaded)))];
    }

    private async Task<List<SoakStream>> CreateAsync(LogNode node)
    {
        var hot = _settings.Writers * _settings.HotStreamsOfWriter;
        var streams = new List<SoakStream>();
        foreach (var numbers in Enumerable.Range(0, _settings.Streams).Chunk(100))
        {
            streams.AddRange(await Task.WhenAll(numbers.Select(async number =>
            {
                var name = SoakStream.NameOf(number);
                var patch = new StreamConfigPatch { RetentionAge = _settings.KeepFor is { } keep ? keep : default(BoundChange<TimeSpan>) };
                await node.EnsureAsync(name, patch, EnsureCondition.None, CancellationToken.None);
                return new SoakStream(number, await node.OpenAsync(name, CancellationToken.None), number < hot);
            })));
        }

        return streams;
    }

    private async Task SteadyAsync(SoakLoad load, SoakSamples samples)
    {
        // The log takes what it has room for as fast as the disk goes. What it can bear for longer shows when it has gone round.
        await RoundAsync(load, 1);
        var (bytesBefore, recordsBefore) = (load.Bytes, load.Records);
        var measuring = TimeSpan.FromSeconds(Math.Clamp(_settings.Duration.TotalSeconds / 12, 5, 60));
        var begun = _time.GetTimestamp();
        await Task.Delay(measuring, _time, load.Failed);
        var (bytes, records, took) = (load.Bytes - bytesBefore, load.Records - recordsBefore, _time.GetElapsedTime(begun).TotalSeconds);
        samples.Look();
        load.Pace.Rate = bytes / took / 2;
        _refusedAtMost = load.Refused.Values.Sum();
        _say(string.Create(CultureInfo.InvariantCulture, $"The most in {took:F0} s: {records / took:N0} records/s, {bytes / took / (1 << 20):F1} MiB/s; from now on half of that, for {_settings.Duration.TotalSeconds:F0} s."));

        await samples.RunAsync(_settings.Duration, load.Failed);

        // On a slow machine it takes longer until that has shown something.
        await RoundAsync(load, 3);
    }

    /// <summary>Waits until as much of the log was reclaimed as it has room for, so many times.</summary>
    private Task RoundAsync(SoakLoad load, int times) => SoakWait.UntilAsync(
        () => load.Failed.IsCancellationRequested || _meters.Sum("orleans_log.wal.reclaimed") >= times * _settings.WalBudget, _settings.Patience, _time, () => $"the log to go round {times} times");

    private void Say(SoakLoad load, SoakSamples samples, CountingBlobStore store)
    {
        _say(string.Create(CultureInfo.InvariantCulture, $"{load.Records:N0} records, {Mib(load.Bytes)} appended to {_settings.Streams:N0} streams; {load.RecordsRead:N0} records read meanwhile, {load.Crossings:N0} reads across the border."));
        _say(string.Create(CultureInfo.InvariantCulture, $"{Mib(_meters.Sum("orleans_log.offload.size"))} of segments written, {Mib(_meters.Sum("orleans_log.wal.reclaimed"))} of WAL reclaimed, {Mib(_meters.Sum("orleans_log.store.swept"))} swept; {_meters.Sum("orleans_log.offload.failures")} rounds failed."));
        _say(string.Create(CultureInfo.InvariantCulture, $"{store.Count(BlobCall.Put, "segments")} segments, {store.Count(BlobCall.Put, "snapshots")} packs, {store.Count(BlobCall.Replace, "roots")} replaced roots; {store.Count(BlobCall.Read)} reads, {store.Count(BlobCall.Delete)} deletions; {Mib(store.BytesPut)} uploaded."));
        _say(string.Create(CultureInfo.InvariantCulture, $"WAL at most {Mib(samples.MaxWal)} of {Mib(_settings.WalBudget)}; lag at most {Mib(samples.MaxLag)}, {samples.MaxLagTime.TotalSeconds:F1} s; memory of the quarters: {string.Join(", ", samples.Quarters.Select(quarter => $"{Mib(quarter.Alive)} alive, {Mib(quarter.MaxResident)} resident"))}."));
        _say($"Refused and made again: appends {Codes(load.Refused)} ({_refusedAtMost} of them while the most was measured), reads {Codes(load.ReadsRefused)}.");
    }

    private void Judge(SoakLoad load, SoakSamples samples)
    {
        load.Records.ShouldBeGreaterThan(0);
        load.Crossings.ShouldBeGreaterThan(0, "Nobody read across the border.");
        samples.MaxWal.ShouldBeLessThanOrEqualTo(_settings.WalBudget);
        samples.MaxLag.ShouldBeLessThanOrEqualTo(_settings.WalBudget, "What is not offloaded is in the log.");
        load.Refused.Keys.ShouldBeSubsetOf([LogErrorCode.ReadOnlyDiskFull, LogErrorCode.Overloaded]);
        load.ReadsRefused.Keys.ShouldBeSubsetOf(_settings.KeepFor is null ? [] : [LogErrorCode.Trimmed]);

        // What is alive comes and goes with the rounds that are under way; a leak of one word for every record is far more.
        var (early, late) = (samples.Quarters[1], samples.Quarters[3]);
        late.Alive.ShouldBeLessThan(early.Alive + early.Alive / 5 + (8 << 20), "More is alive after a full collection than before.");
        late.MaxResident.ShouldBeLessThan(early.MaxResident + early.MaxResident / 3 + (64 << 20), "The process grows.");
    }

    private async Task RebuildAsync((long Acknowledged, long Offloaded)[] known)
    {
        var begun = _time.GetTimestamp();
        var store = await _openStore();
        var options = _settings.NodeOptionsAtRest();
        var report = await LogNode.RestoreAsync(options, Host(store), new RestoreRequest());
        TimeSpan restored;
        (long Records, long Bytes, long Lost) found;
        await using (var node = await LogNode.StartAsync(options, Host(store)))
        {
            restored = _time.GetElapsedTime(begun);
            found = await new SoakRebuilt(node, report, known, _settings).RunAsync();
        }

        var (records, bytes, lost) = found;
        _say(string.Create(CultureInfo.InvariantCulture, $"Rebuilt in {restored.TotalSeconds:F1} s: {report.Streams.Count} streams, {records:N0} records, {Mib(bytes)} read back and compared in {_time.GetElapsedTime(begun).TotalSeconds:F1} s; {lost:N0} records lost with the log, and reported."));

        var inspection = await StoreInspector.InspectAsync(store, progress: null, CancellationToken.None);
        inspection.Findings.ShouldBeEmpty();
        inspection.Streams.ShouldBe(_settings.Streams);
        _say(string.Create(CultureInfo.InvariantCulture, $"The store is sound: {inspection.Segments} segments of {Mib(inspection.SegmentBytes)}, {inspection.Snapshots} snapshots, {inspection.Orphans} orphans."));
    }

    private static string Mib(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):F1} MiB");

    private static string Codes(IReadOnlyDictionary<LogErrorCode, long> counts) =>
        counts.Count == 0 ? "none" : string.Join(", ", counts.Select(static entry => $"{entry.Value} {LogErrors.WireName(entry.Key)}"));
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Orleans.Log.Engine.Reading;

namespace Orleans.Log.Engine;

/// <summary>
/// The node's measurements (meter <c>OrleansLog</c>, UCUM units) and its spans (source <c>OrleansLog</c>), named by what happened. A stream's
/// name is never a tag of a measurement, since there may be any number of streams; spans carry it. What nobody listens to costs one test.
/// The write-ahead log adds its own instruments to the same meter. Safe for use by any number of threads.
/// </summary>
internal sealed class LogNodeInstruments : IDisposable
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "OrleansLog";

    private static readonly ActivitySource Source = new(Name);

    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        // A flush takes from tens of microseconds to, on a bad day, seconds.
        HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    // From a local disk's milliseconds to a distant store's half minute.
    private static readonly double[] StoreBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly KeyValuePair<string, object?> FromTail = new("source", "tail");
    private static readonly KeyValuePair<string, object?> FromWal = new("source", "wal");
    private static readonly KeyValuePair<string, object?> FromBlob = new("source", "blob");

    private readonly TimeProvider _time;
    private readonly Histogram<double> _appendDuration;
    private readonly Histogram<int> _batchRecords;
    private readonly Histogram<long> _batchSize;
    private readonly Counter<long> _readBytes;
    private readonly Counter<long> _rejections;
    private readonly Counter<long> _fences;
    private readonly Counter<long> _producersRejected;
    private readonly Histogram<double> _checkpointDuration;
    private readonly Gauge<long> _checkpointSize;
    private readonly Gauge<double> _recoveryDuration;
    private readonly Histogram<double> _offloadDuration;
    private readonly Counter<long> _offloadFailures;
    private readonly Counter<long> _offloaded;
    private readonly Counter<long> _reclaimed;
    private readonly Counter<long> _swept;

    public LogNodeInstruments(IMeterFactory? meters, TimeProvider time)
    {
        _time = time;
        Meter = meters?.Create(new MeterOptions(Name)) ?? new Meter(Name);
        OwnsMeter = meters is null;
        _appendDuration = Meter.CreateHistogram("orleans_log.append.duration", "s", "From the call to the outcome of an append.", advice: Seconds);
        _batchRecords = Meter.CreateHistogram<int>("orleans_log.append.batch.records", "{record}", "Records in a batch.");
        _batchSize = Meter.CreateHistogram<long>("orleans_log.append.batch.size", "By", "Size of a batch.");
        _readBytes = Meter.CreateCounter<long>("orleans_log.read.bytes", "By", "Payload handed to readers, by where it was: in memory, in a WAL file, in a segment.");
        _rejections = Meter.CreateCounter<long>("orleans_log.rejections", "{request}", "Appends refused or failed, by code.");
        _fences = Meter.CreateCounter<long>("orleans_log.fences", "{fence}", "Fencing tokens set or removed.");
        _producersRejected = Meter.CreateCounter<long>(
            "orleans_log.producers.rejections", "{request}", "Appends of new producers rejected because too many are remembered.");
        _checkpointDuration = Meter.CreateHistogram("orleans_log.checkpoint.duration", "s", "Time that a checkpoint took.", advice: Seconds);
        _checkpointSize = Meter.CreateGauge<long>("orleans_log.checkpoint.size", "By", "Size of the last checkpoint.");
        _recoveryDuration = Meter.CreateGauge<double>("orleans_log.recovery.duration", "s", "Time that recovery took at the last start.");
        _offloadDuration = Meter.CreateHistogram(
            "orleans_log.offload.duration", "s", "Time that a round to the store took, by outcome.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = StoreBounds });
        _offloadFailures = Meter.CreateCounter<long>("orleans_log.offload.failures", "{round}", "Rounds to the store that failed, by kind.");
        _offloaded = Meter.CreateCounter<long>("orleans_log.offload.size", "By", "Segments that were written and verified.");
        _swept = Meter.CreateCounter<long>("orleans_log.store.swept", "By", "Blobs deleted from the store because nothing names them any longer.");
        _reclaimed = Meter.CreateCounter<long>("orleans_log.wal.reclaimed", "By", "WAL files taken back because nothing in them is needed any longer.");
    }

    /// <summary>The meter, for the WAL's own instruments.</summary>
    public Meter Meter { get; }

    /// <summary>Does anybody look at appends?</summary>
    public bool WatchesAppends => _appendDuration.Enabled || _rejections.Enabled || Source.HasListeners();

    /// <summary>Does anybody look at reads?</summary>
    public bool WatchesReads => _readBytes.Enabled || Source.HasListeners();

    private bool OwnsMeter { get; }

    /// <summary>Lets the present number of streams be seen.</summary>
    public void Observe(Func<long> streams) =>
        Meter.CreateObservableGauge("orleans_log.streams.active", streams, "{stream}", "Streams of the node.");

    /// <summary>Shows how far the wall clock is ahead of the time that the log believes.</summary>
    public void ObserveClock(Func<double> ahead) =>
        Meter.CreateObservableGauge("orleans_log.clock.ahead", ahead, "s", "Lead of the wall clock that does not count yet for retention and expiry.");

    /// <summary>Shows the number of producers.</summary>
    public void ObserveProducers(Func<long> producers) =>
        Meter.CreateObservableGauge("orleans_log.producers", producers, "{producer}", "Producers that the node's streams remember.");

    public Watched BeginAppend(LogNodeStream stream, in RecordBatch batch)
    {
        var activity = Source.HasListeners() ? Source.StartActivity("append", ActivityKind.Internal) : null;
        var size = _batchSize.Enabled || activity is not null ? batch.SizeBytes : 0;
        activity?.SetTag("orleans_log.stream", stream.Name.Value).SetTag("orleans_log.records", batch.Count).SetTag("orleans_log.bytes", size);
        _batchRecords.Record(batch.Count);
        _batchSize.Record(size);
        return new Watched(_time.GetTimestamp(), activity);
    }

    public Watched BeginRead(LogNodeStream stream)
    {
        var activity = Source.HasListeners() ? Source.StartActivity("read", ActivityKind.Internal) : null;
        activity?.SetTag("orleans_log.stream", stream.Name.Value);
        return new Watched(_time.GetTimestamp(), activity);
    }

    // Pooled: being watched must not cost an allocation for every append.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<AppendResult> Watch(ValueTask<AppendResult> append, Watched watched)
    {
        try
        {
            var result = await append;
            _appendDuration.Record(Elapsed(watched));
            watched.Activity?.SetTag("orleans_log.start", result.Start);
            return result;
        }
        catch (LogException error)
        {
            _appendDuration.Record(Elapsed(watched), ErrorType(error));
            OnRejected(error);
            watched.Activity?.SetStatus(ActivityStatusCode.Error, LogErrors.WireName(error.Code));
            throw;
        }
        finally
        {
            watched.Activity?.Dispose();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadPage> Watch(ValueTask<ReadPage> reading, Watched watched)
    {
        try
        {
            var page = await reading;
            var read = ((WalReadPage)page).Sources;
            OnRead(read.Tail, FromTail);
            OnRead(read.Wal, FromWal);
            OnRead(read.Blob, FromBlob);
            watched.Activity?.SetTag("orleans_log.records", page.Records.Length).SetTag("orleans_log.bytes", read.All);
            return page;
        }
        catch (LogException error)
        {
            watched.Activity?.SetStatus(ActivityStatusCode.Error, LogErrors.WireName(error.Code));
            throw;
        }
        finally
        {
            watched.Activity?.Dispose();
        }
    }

    public void OnRejected(LogException error) => _rejections.Add(1, new KeyValuePair<string, object?>("code", LogErrors.WireName(error.Code)));

    public void OnProducerRejected() => _producersRejected.Add(1);

    public void OnFenced() => _fences.Add(1);

    public void OnCheckpoint(TimeSpan duration, long bytes)
    {
        _checkpointDuration.Record(duration.TotalSeconds);
        _checkpointSize.Record(bytes);
    }

    public void OnCheckpointFailed(TimeSpan duration, string stage) =>
        _checkpointDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("error.type", stage));

    public void OnOffloaded(TimeSpan duration) => _offloadDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "published"));

    public void OnOffloadFailed(TimeSpan duration, Exception error)
    {
        var kind = error is Blobs.BlobStoreException store ? store.Kind.ToString() : error.GetType().Name;
        _offloadDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "failed"));
        _offloadFailures.Add(1, new KeyValuePair<string, object?>("error.type", kind));
    }

    public void OnSegmentWritten(long bytes) => _offloaded.Add(bytes);

    public void OnSwept(long bytes) => _swept.Add(bytes);

    public void OnReclaimed(long bytes) => _reclaimed.Add(bytes);

    /// <summary>Lets be seen how far the store is behind, and what that keeps in the WAL.</summary>
    public void ObserveOffload(Func<long> lagBytes, Func<double> lagSeconds, Func<long> pinnedFiles)
    {
        Meter.CreateObservableGauge("orleans_log.offload.lag", lagBytes, "By", "Records that are in no published segment.");
        Meter.CreateObservableGauge("orleans_log.offload.lag.duration", lagSeconds, "s", "Age of the oldest change that is not published.");
        Meter.CreateObservableGauge("orleans_log.wal.files.pinned", pinnedFiles, "{file}", "WAL files that hold records which are not offloaded; health says of which stream.");
    }

    public void OnRecovered(TimeSpan duration) => _recoveryDuration.Record(duration.TotalSeconds);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (OwnsMeter)
            Meter.Dispose();
    }

    private void OnRead(long bytes, in KeyValuePair<string, object?> source)
    {
        if (bytes > 0)
            _readBytes.Add(bytes, source);
    }

    private double Elapsed(in Watched watched) => _time.GetElapsedTime(watched.Start).TotalSeconds;

    private static KeyValuePair<string, object?> ErrorType(LogException error) => new("error.type", LogErrors.WireName(error.Code));
}

/// <summary>A call that is being watched.</summary>
internal readonly record struct Watched(long Start, Activity? Activity);

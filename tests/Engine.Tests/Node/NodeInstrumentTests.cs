using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Tests.Node;

public sealed class NodeInstrumentTests : IAsyncDisposable
{
    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Names_and_units_are_those_of_the_documentation()
    {
        using var meters = new OneMeterFactory();
        _bench.Meters = meters;
        await _bench.StartAsync();

        var instruments = meters.Instruments.ToDictionary(instrument => instrument.Name, instrument => instrument.Unit);

        foreach (var (name, unit) in new Dictionary<string, string>
        {
            ["orleans_log.append.duration"] = "s",
            ["orleans_log.append.batch.records"] = "{record}",
            ["orleans_log.append.batch.size"] = "By",
            ["orleans_log.wal.flush.duration"] = "s",
            ["orleans_log.wal.size"] = "By",
            ["orleans_log.read.bytes"] = "By",
            ["orleans_log.streams.active"] = "{stream}",
            ["orleans_log.rejections"] = "{request}",
            ["orleans_log.fences"] = "{fence}",
            ["orleans_log.recovery.duration"] = "s",
            ["orleans_log.checkpoint.duration"] = "s",
        })
        {
            instruments.ShouldContainKeyAndValue(name, unit);
        }

        instruments.Keys.ShouldNotContain("orleans_log.append.permit.duration", "admission never waits");
    }

    [Fact]
    public async Task What_happens_is_measured()
    {
        using var meters = new OneMeterFactory();
        _bench.Meters = meters;
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");

        await stream.Append("four");
        await stream.Append("x", new AppendConditions(ExpectedTail: 9)).Refused();
        await stream.FenceAsync("t", null, CancellationToken.None);
        await stream.Texts();
        await _bench.Node.CheckpointAsync();

        meters.Sum("orleans_log.append.batch.records").ShouldBe(2);
        meters.Sum("orleans_log.rejections").ShouldBe(1);
        meters.Sum("orleans_log.fences").ShouldBe(1);
        meters.Sum("orleans_log.read.bytes").ShouldBe(4);
        meters.Count("orleans_log.append.duration").ShouldBe(2);
        meters.Count("orleans_log.checkpoint.duration").ShouldBe(1);
        meters.Tags.ShouldContain("code=append_condition_failed");
        meters.Tags.ShouldNotContain(tag => tag.Contains("=a", StringComparison.Ordinal) && !tag.Contains("append", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_read_is_counted_by_where_it_was()
    {
        using var meters = new OneMeterFactory();
        await using var bench = new NodeBench { Meters = meters, BackgroundOffload = false };
        await bench.StartAsync();
        await (await bench.CreateAsync("a")).Append("in memory");
        await (await bench.OpenAsync("a")).Texts();
        (Read("tail"), Read("wal"), Read("blob")).ShouldBe((9, 0, 0));

        await bench.RestartAsync();
        await (await bench.OpenAsync("a")).Texts();
        (Read("tail"), Read("wal"), Read("blob")).ShouldBe((9, 9, 0));

        bench.Blobs = new MemoryBlobStore();
        await bench.RestartAsync();
        await bench.Node.Store!.OffloadAllAsync();
        await (await bench.OpenAsync("a")).Texts();
        (Read("tail"), Read("wal"), Read("blob")).ShouldBe((9, 9, 9));

        double Read(string source) => meters.Sum("orleans_log.read.bytes", $"source={source}");
    }

    [Fact]
    public async Task Spans_are_made_only_when_somebody_listens()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("traced");
        await stream.Append("unseen");
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LogNodeInstruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (spans)
                    spans.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);

        await stream.Append("seen");
        await stream.Texts();

        Activity[] mine;
        lock (spans)
            mine = [.. spans.Where(span => span.GetTagItem("orleans_log.stream") is "traced")];
        mine.Select(span => span.OperationName).ShouldBe(["append", "read", "read"]);
        mine[0].GetTagItem("orleans_log.start").ShouldBe(1L);
        mine[1].GetTagItem("orleans_log.records").ShouldBe(2);
    }

    /// <summary>Makes meters and collects all that they measure.</summary>
    private sealed class OneMeterFactory : IMeterFactory
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Name, double Value, string Tags)> _values = [];

        public OneMeterFactory()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope != this)
                    return;

                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();
        }

        public List<Instrument> Instruments { get; } = [];

        public List<string> Tags { get; } = [];

        public double Sum(string name, string tag = "")
        {
            lock (_values)
                return _values.Where(value => value.Name == name && value.Tags.Contains(tag, StringComparison.Ordinal)).Sum(value => value.Value);
        }

        public int Count(string name)
        {
            lock (_values)
                return _values.Count(value => value.Name == name);
        }

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            return new Meter(options);
        }

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (_values)
            {
                _values.Add((instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
                foreach (var (key, tag) in tags)
                    Tags.Add($"{key}={tag}");
            }
        }
    }
}

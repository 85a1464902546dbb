using System.Text;
using Orleans.Log.Engine.Checkpoints;
using Orleans.Log.Engine.Pipeline;
using Orleans.Log.Engine.Replication;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Testing;

namespace Orleans.Log.Engine.Tests.Pipeline;

/// <summary>Streams on a scripted WAL and a clock that stands still.</summary>
internal sealed class StreamHarness
{
    public StreamHarness(StreamBounds? bounds = null)
    {
        Bounds = bounds ?? new StreamBounds();
        Node = new StreamNode(default, Wal, Clock, Bounds);
    }

    public ScriptedWal Wal { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public StreamBounds Bounds { get; }

    public StreamNode Node { get; private set; }

    public static StreamId IdOf(int number) => new((UInt128)number);

    /// <summary>A stream that has not been opened.</summary>
    public StreamPipeline Make(int number = 1, StreamConfig? config = null) => new(IdOf(number), config ?? StreamConfig.Default, Node);

    /// <summary>A stream in service.</summary>
    public StreamPipeline Open(int number = 1, StreamConfig? config = null) => Open(Make(number, config));

    public StreamPipeline Open(StreamPipeline stream)
    {
        var opening = stream.OpenAsync(default);
        Wal.Flush();
        opening.AsTask().Wait(TimeSpan.FromSeconds(10)).ShouldBeTrue();
        return stream;
    }

    /// <summary>The stream as a new process finds it: from its checkpoint, if there is one, and the durable entries.</summary>
    public StreamPipeline Recover(int number = 1, StreamCheckpoint? checkpoint = null, StreamConfig? config = null)
    {
        Wal.Crash();
        Node = new StreamNode(default, Wal, Clock, Bounds);
        var stream = Make(number, config);
        if (checkpoint is not null)
            stream.Restore(checkpoint);

        foreach (var (position, entry, body) in Wal.Entries())
        {
            if (entry.Stream == stream.Id && position >= Wal.Head)
                stream.Replay(position, entry, body);
        }

        stream.CompleteRecovery();
        return stream;
    }

    public static RecordBatch Batch(params string[] payloads) => Batch(payloads.Select(p => new AppendRecord(Encoding.UTF8.GetBytes(p))));

    public static RecordBatch Batch(IEnumerable<AppendRecord> records) => new((ReadOnlyMemory<AppendRecord>)records.ToArray());

    /// <summary>Appends and waits for the outcome.</summary>
    public AppendResult Append(StreamPipeline stream, in RecordBatch batch, in AppendConditions conditions = default)
    {
        var task = stream.AppendAsync(batch, conditions, default);
        Wal.Flush();
        return task.AsTask().Result;
    }

    public AppendResult Append(StreamPipeline stream, string payload, in AppendConditions conditions = default) =>
        Append(stream, Batch(payload), conditions);

    public StreamPosition Settle(ValueTask<StreamPosition> control)
    {
        Wal.Flush();
        return control.AsTask().Result;
    }

    /// <summary>What a call that must be refused says.</summary>
    public static LogException Refusal<T>(ValueTask<T> call)
    {
        call.IsFaulted.ShouldBeTrue("A refusal is decided before the call returns.");
        return Should.Throw<LogException>(() => call.AsTask().GetAwaiter().GetResult());
    }

    public static LogException Failure<T>(Task<T> call) => Should.Throw<LogException>(() => call.GetAwaiter().GetResult());

    public static ReadPage Read(StreamPipeline stream, ReadRequest request)
    {
        var call = stream.ReadAsync(request, default);
        call.IsCompleted.ShouldBeTrue("There was something to read.");
        return call.Result;
    }

    public static string[] Texts(ReadPage page) => [.. page.Records.ToArray().Select(r => Encoding.UTF8.GetString(r.Payload.Span))];

    /// <summary>Everything between head and tail.</summary>
    public static string[] All(StreamPipeline stream)
    {
        var texts = new List<string>();
        var status = stream.Status;
        for (var next = status.Head; next < status.Tail;)
        {
            using var page = Read(stream, ReadRequest.FromLsn(next));
            page.Records.Length.ShouldBeGreaterThan(0);
            page.Records.Span[0].Lsn.ShouldBe(next);
            texts.AddRange(Texts(page));
            next = page.Next;
        }

        return [.. texts];
    }
}

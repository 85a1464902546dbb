using System.CommandLine;
using System.Text;
using Orleans.Log.Api.Contracts;
using Orleans.Log.Cli.Files;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog append</summary>
internal sealed class AppendVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Argument<string[]> _texts = new("text")
    {
        Description = "Payloads of one batch. Without any: lines of standard input.",
        HelpName = "TEXT",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _raw = new("--raw") { Description = "All of standard input is one record." };
    private readonly Option<string[]> _headers = new("--header")
    {
        Description = "Header of every record. Repeatable.",
        HelpName = "NAME=VALUE",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<long?> _timestamp = CommonOptions.Time("--timestamp", "Timestamp of every record; default: the time of arrival.");
    private readonly Option<long?> _expectedTail = CommonOptions.Position("--expected-tail", "Append only if this is the tail.");
    private readonly Option<string?> _token = new("--token") { Description = "Fencing token of the stream.", HelpName = "TOKEN" };
    private readonly Option<string?> _producer = new("--producer") { Description = "Producer id: makes a repetition harmless.", HelpName = "ID" };
    private readonly Option<int> _epoch = CommonOptions.Number("--epoch", "Producer epoch", 0, 0, int.MaxValue);
    private readonly Option<long?> _sequence = CommonOptions.Position("--sequence", "Producer sequence of the batch.");

    public AppendVerb()
        : base("append", "Appends records: arguments, lines of standard input, or with --raw one record.")
    {
        Add(_stream);
        Add(_texts);
        foreach (var option in new Option[] { _raw, _headers, _timestamp, _expectedTail, _token, _producer, _epoch, _sequence })
            Add(option);

        Validators.Add(result =>
        {
            var lines = result.GetResult(_texts) is not { Tokens.Count: > 0 } && result.GetResult(_raw) is not { Implicit: false };
            if (result.GetResult(_texts) is { Tokens.Count: > 0 } && result.GetResult(_raw) is { Implicit: false })
                result.AddError("--raw takes its record from standard input, not from arguments.");
            if (lines && (result.GetResult(_producer) ?? result.GetResult(_sequence) ?? result.GetResult(_expectedTail)) is not null)
                result.AddError("--producer, --sequence and --expected-tail are for one batch: give the records as arguments, or --raw.");
            if (result.GetResult(_producer) is null != result.GetResult(_sequence) is null)
                result.AddError("--producer and --sequence come together.");
        });
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var headers = (call.Get(_headers) ?? []).Select(NameAndValue.Parse).Select(h => LogHeader.FromText(h.Name, h.Value)).ToArray();
        NewRecord Dress(NewRecord record) => record with { Headers = headers, Timestamp = call.Get(_timestamp) };

        var texts = call.Get(_texts);
        if (texts.Length == 0 && !call.Get(_raw))
        {
            await AppendLinesAsync(call, Dress, cancellationToken);
            return ExitCode.Ok;
        }

        var records = call.Get(_raw)
            ? [new NewRecord(await ReadAllAsync(call.Host.Input, cancellationToken))]
            : texts.Select(text => new NewRecord(Encoding.UTF8.GetBytes(text))).ToArray();
        var conditions = new Client.AppendConditions
        {
            ExpectedTail = call.Get(_expectedTail),
            FencingToken = call.Get(_token),
            Producer = call.Get(_producer) is { } id ? new Client.ProducerStamp(id, call.Get(_epoch), call.Get(_sequence)!.Value) : null,
        };
        var ack = await call.Client.AppendAsync(call.Get(_stream), Array.ConvertAll(records, Dress), conditions, cancellationToken);
        Print(call.Out, ack);
        return ExitCode.Ok;
    }

    private async Task AppendLinesAsync(Call call, Func<NewRecord, NewRecord> dress, CancellationToken cancellationToken)
    {
        var options = new AppenderOptions { PipelineSize = AppenderOptions.MaxPipelineSize, FencingToken = call.Get(_token) };
        var appender = await call.Client.OpenAppenderAsync(call.Get(_stream), options, cancellationToken);
        try
        {
            var lines = new LineSource(call.Host.Input);
            while (await lines.NextAsync(cancellationToken) is { IsEmpty: false } batch)
                await appender.AppendBatchAsync(Array.ConvertAll(batch.ToArray(), dress.Invoke), Acknowledged, cancellationToken);

            await appender.CloseAsync(cancellationToken);
        }
        catch (LogClientException) when (appender.Fault is not null)
        {
            // The fault says what became of the batches; that a later one was refused because of it says nothing.
        }
        finally
        {
            await appender.CloseAsync(cancellationToken);
        }

        if (appender.Fault is { } fault)
            throw fault;

        // One at a time, in order; the output is touched by nothing else until the appender is closed.
        void Acknowledged(AppendAck ack, LogClientException? error)
        {
            if (error is not null)
                return;

            Print(call.Out, ack);
            call.Out.FlushAsync().GetAwaiter().GetResult();
        }
    }

    private static void Print(CliOutput output, AppendAck ack)
    {
        if (output.Json)
        {
            var body = new AppendedBody { Start = ack.Start, End = ack.End, Tail = ack.Tail, Duplicate = ack.Duplicate };
            output.WriteJson(body, WireJson.Default.AppendedBody);
        }
        else
        {
            output.WriteLine(FormattableString.Invariant($"{ack.Start}\t{ack.End}{(ack.Duplicate ? "\tduplicate" : string.Empty)}"));
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAllAsync(Stream input, CancellationToken cancellationToken)
    {
        var buffer = new byte[Limits.RecordBytes + 1];
        var read = await input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return read <= Limits.RecordBytes
            ? buffer.AsMemory(0, read)
            : throw new CliException(ExitCode.Usage, $"A record has at most {Limits.RecordBytes} bytes.");
    }
}

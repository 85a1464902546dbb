using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Orleans.Log.Api.Contracts.Sessions;
using Orleans.Log.Cli.Bench;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog bench</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Option<int> _record = CommonOptions.Number("--record", "Payload of a record in bytes", 1024, 0, Limits.RecordBytes);
    private readonly Option<int> _batch = CommonOptions.Number("--batch", "Records of a batch", 1, 1, Limits.BatchRecords);
    private readonly Option<int> _clients = CommonOptions.Number("--clients", "Clients at once", 16, 1, 10_000);
    private readonly Option<int> _streams = CommonOptions.Number("--streams", "Streams that they spread over", 1, 1, 1_000_000);
    private readonly Option<int> _outstanding = CommonOptions.Number("--outstanding", "Batches that a client keeps in flight", 1, 1, 10_000);
    private readonly Option<int?> _rate =
        CommonOptions.Number("--rate", "Open loop: records per second of all clients together. Without it: closed loop.", 1, int.MaxValue);

    private readonly Option<long?> _keep = new("--keep")
    {
        Description = "Trim meanwhile, so that about SIZE of payload is kept; for example 64MiB. Without it the log grows.",
        HelpName = "SIZE",
        CustomParser = result => CommonOptions.Parse(result, text => Amounts.ParseSize(text), "is not a size like 64MiB"),
    };

    private readonly Option<TimeSpan?> _duration = CommonOptions.Duration("--duration", "Measured time (default 10s).");
    private readonly Option<TimeSpan?> _warmUp = CommonOptions.Duration("--warm-up", "Time before that, not measured (default 2s).");
    private readonly Option<bool> _appender = new("--appender") { Description = "Clients are LogStreamAppenders (at most 8 outstanding), not single requests." };
    private readonly Option<bool> _raw = new("--raw") { Description = "Clients are bare connections, one batch at a time, that cost next to nothing." };
    private readonly Option<bool> _session = new("--session") { Description = "Clients are bare appender sessions (at most 1024 outstanding) that cost next to nothing." };
    private readonly Option<string?> _inProcess = new("--in-process")
    {
        Description = "No server: a node in this process, in a new directory below DIR that is deleted at the end.",
        HelpName = "DIR",
    };

    private readonly Option<string> _sync = new("--sync")
    {
        Description = "With --in-process: direct (O_DIRECT|O_DSYNC, the default) or fdatasync.",
        DefaultValueFactory = _ => "direct",
    };

    private readonly Option<int?> _ioDepth = CommonOptions.Number("--io-depth", "With --in-process: block writes in flight", 1, 16);
    private readonly Option<TimeSpan?> _flushDelay = CommonOptions.Duration("--flush-delay", "With --in-process: every flush takes so much longer, as on a slower disk.");
    private readonly Option<string> _prefix = new("--prefix")
    {
        Description = "Streams are called PREFIX-N (default olog-bench).",
        HelpName = "PREFIX",
        DefaultValueFactory = _ => "olog-bench",
    };

    private readonly Option<bool> _delete = new("--delete") { Description = "Delete the streams at the end." };

    public BenchVerb()
        : base("bench", "Measures appends: throughput and latency, and that they were durable.")
    {
        foreach (var option in new Option[] { _record, _batch, _clients, _streams, _outstanding, _rate, _keep, _duration, _warmUp, _appender, _raw, _session, _inProcess, _sync, _ioDepth, _flushDelay, _prefix, _delete })
            Add(option);

        _sync.AcceptOnlyFromAmong("direct", "fdatasync");
        Validators.Add(result =>
        {
            if (result.GetResult(_inProcess) is not null && Ways(result) > 0)
                result.AddError("--in-process has no connections, so --raw, --session and --appender say nothing there.");
            if (Ways(result) > 1)
                result.AddError("--raw, --session and --appender exclude each other.");
            if (result.GetResult(_session) is { Implicit: false } && Outstanding(result) > SessionFormat.MaxInFlight)
                result.AddError(TooMany(result, "--session", SessionFormat.MaxInFlight));
            if (result.GetResult(_appender) is { Implicit: false } && Outstanding(result) > AppenderOptions.MaxPipelineSize)
                result.AddError(TooMany(result, "--appender", AppenderOptions.MaxPipelineSize));
            if (result.GetResult(_raw) is { Implicit: false } && Outstanding(result) > 1)
                result.AddError(TooMany(result, "--raw", 1));
            if (result.GetResult(_rate) is { Implicit: false } && (result.GetResult(_raw) is { Implicit: false } || result.GetResult(_session) is { Implicit: false }))
                result.AddError("--raw and --session are for the closed loop: a bare connection has only so many batches outstanding.");
        });
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var options = Read(call);
        if (call.Get(_inProcess) is { } directory)
        {
            await using var node = await BenchNode.StartAsync(directory, NodeOptions(call), cancellationToken);
            await using var port = new PortTarget(node.Log, options, node.Durability);
            BenchReport.Write(call.Out, await MeasureAsync(call, port, options, cancellationToken));
            return ExitCode.Ok;
        }

        await using var server = new HttpTarget(call.Server, options);
        var result = await MeasureAsync(call, server, options, cancellationToken);
        if (call.Get(_delete))
            await server.DeleteStreamsAsync(cancellationToken);

        BenchReport.Write(call.Out, result);
        return ExitCode.Ok;
    }

    private string TooMany(CommandResult result, string way, int most) =>
        $"--outstanding is {Outstanding(result)}; with {way} it must be from 1 to {most}.";

    // The option itself reports a value that is not a number.
    private int Outstanding(CommandResult result) =>
        result.GetResult(_outstanding) is { Tokens: [var token] } && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number)
            ? number
            : 1;

    private int Ways(CommandResult result) => new Option[] { _raw, _session, _appender }.Count(option => result.GetResult(option) is { Implicit: false });

    private static Task<BenchResult> MeasureAsync(Call call, IBenchTarget target, BenchOptions options, CancellationToken cancellationToken) =>
        CliProgress.RunAsync(call.Host, call.Out.Json, "warming up", 1, progress =>
        {
            var run = new BenchRun(target, options, call.Host.Time)
            {
                Progress = (share, counts) =>
                {
                    progress.Set(share);
                    if (counts.RecordsPerSecond > 0)
                        progress.Describe(BenchReport.Line(counts));
                },
            };
            return run.RunAsync(cancellationToken);
        });

    private BenchNodeOptions NodeOptions(Call call) => new()
    {
        Direct = call.Get(_sync) == "direct",
        IoDepth = call.Get(_ioDepth),
        FlushDelay = call.Get(_flushDelay) ?? TimeSpan.Zero,
    };

    private BenchOptions Read(Call call) => new()
    {
        Path = call.Get(_inProcess) is not null ? BenchPath.InProcess
            : call.Get(_appender) ? BenchPath.Appender
            : call.Get(_raw) ? BenchPath.RawRequest
            : call.Get(_session) ? BenchPath.RawSession
            : BenchPath.Request,
        RecordBytes = call.Get(_record),
        Batch = call.Get(_batch),
        Clients = call.Get(_clients),
        Streams = call.Get(_streams),
        Outstanding = call.Get(_outstanding),
        Rate = call.Get(_rate),
        KeepBytes = call.Get(_keep),
        Duration = call.Get(_duration) ?? TimeSpan.FromSeconds(10),
        WarmUp = call.Get(_warmUp) ?? TimeSpan.FromSeconds(2),
        Prefix = call.Get(_prefix) ?? "olog-bench",
    };
}

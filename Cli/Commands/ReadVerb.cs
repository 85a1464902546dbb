using System.CommandLine;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog read</summary>
internal sealed class ReadVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Option<long?> _from = CommonOptions.Position("--from", "Start at this LSN. Without --from, --since and --last: at the head.");
    private readonly Option<long?> _since = CommonOptions.Time("--since", "Start at the first record of this time or later.");
    private readonly Option<long?> _last = CommonOptions.Position("--last", "Start so many records before the tail.");
    private readonly Option<long?> _limit = CommonOptions.Position("--limit", "Print at most so many records.");
    private readonly Option<long?> _until = CommonOptions.Time("--until", "Stop before the first record of this time or later.");
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Go on with what comes, until the stream is sealed." };
    private readonly Option<bool> _clamp = new("--clamp") { Description = "Take a start outside of head and tail as the nearer of the two; with -f also continue at the head where the next record has been trimmed." };
    private readonly Option<bool> _raw = new("--raw") { Description = "Payloads only, nothing between." };

    public ReadVerb()
        : base("read", "Prints records.")
    {
        Add(_stream);
        foreach (var option in new Option[] { _from, _since, _last, _limit, _until, _follow, _clamp, _raw })
            Add(option);

        Validators.Add(result =>
        {
            if (new Option[] { _from, _since, _last }.Count(option => result.GetResult(option) is { Implicit: false }) > 1)
                result.AddError("Give one of --from, --since and --last.");
            if (result.GetResult(_follow) is { Implicit: false } && result.GetResult(_until) is not null)
                result.AddError("--follow and --until exclude each other.");
        });
    }

    public override Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var start = call.Get(_from) is { } lsn ? ReadStart.AtLsn(lsn)
            : call.Get(_since) is { } time ? ReadStart.Since(time)
            : call.Get(_last) is { } count ? ReadStart.Last(count)
            : ReadStart.Head;
        var reading = new RecordReading(
            call.Get(_stream),
            start,
            call.Get(_clamp),
            Limit: call.Get(_limit) ?? long.MaxValue,
            call.Get(_until),
            call.Get(_follow),
            call.Get(_raw));
        return reading.RunAsync(call, cancellationToken);
    }
}

using System.CommandLine;
using Orleans.Log.Cli.Files;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog export</summary>
internal sealed class ExportVerb : Verb
{
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Argument<string> _file = new("file") { Description = "The file; - is standard output.", HelpName = "FILE" };
    private readonly Option<long?> _from = CommonOptions.Position("--from", "First LSN; default: the head.");
    private readonly Option<long?> _to = CommonOptions.Position("--to", "LSN behind the last one; default: the tail at the start.");
    private readonly Option<bool> _force = new("--force") { Description = "Replace an existing file." };

    public ExportVerb()
        : base("export", "Writes a stream to a file: what was imported comes back byte for byte.")
    {
        Add(_stream);
        Add(_file);
        Add(_from);
        Add(_to);
        Add(_force);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var (name, path) = (call.Get(_stream), call.Get(_file));
        var position = await call.Client.CheckTailAsync(name, cancellationToken);
        var (from, to) = (call.Get(_from) ?? position.Head, call.Get(_to) ?? position.Tail);
        if (to > position.Tail || from > to)
            throw new CliException(ExitCode.OutOfRange, $"The stream ends at {position.Tail}; {from} to {to} is not a part of it.");

        if (path == "-")
        {
            await CopyAsync(call, name, from, to, call.Host.Output, cancellationToken);
            return ExitCode.Ok;
        }

        await using var file = new ReplacedFile(path, call.Get(_force));
        var result = await CopyAsync(call, name, from, to, file.Stream, cancellationToken);
        await file.CommitAsync();
        if (call.Out.Json)
            call.Out.WriteJson(result, CliJson.Default.ExportResult);
        else
            call.Out.WriteTable(["records", "bytes", "start", "end"], [[$"{result.Records}", $"{result.Bytes}", $"{result.Start}", $"{result.End}"]]);

        return ExitCode.Ok;
    }

    private static Task<ExportResult> CopyAsync(Call call, string name, long from, long to, Stream output, CancellationToken cancellationToken) =>
        CliProgress.RunAsync(call.Host, call.Out.Json, $"export {name}", to - from, progress =>
            new StreamExport(call.Client, name) { Progress = records => progress.Set(records) }.RunAsync(from, to, output, cancellationToken));
}

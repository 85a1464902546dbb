using System.CommandLine;
using Orleans.Log.Cli.Files;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Commands;

/// <summary>olog import</summary>
internal sealed class ImportVerb : Verb
{
    private readonly Argument<string> _file = new("file") { Description = "The file; - is standard input.", HelpName = "FILE" };
    private readonly Argument<string> _stream = CommonOptions.Stream();
    private readonly Option<string> _label = new("--label")
    {
        Description = "Imports the same file once more, as another import.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => string.Empty,
    };

    private readonly Option<bool> _noCreate = new("--no-create") { Description = "Fail if there is no such stream." };
    private readonly Option<string?> _token = new("--token") { Description = "Fencing token of the stream.", HelpName = "TOKEN" };

    public ImportVerb()
        : base("import", "Appends a file line by line. Run again after a crash, it goes on where it stopped.")
    {
        Add(_file);
        Add(_stream);
        Add(_label);
        Add(_noCreate);
        Add(_token);
    }

    public override async Task<ExitCode> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var (path, name) = (call.Get(_file), call.Get(_stream));
        await using var file = path == "-" ? null : Open(path);
        var stream = call.Get(_noCreate)
            ? await call.Client.DescribeStreamAsync(name, cancellationToken)
            : (await call.Client.EnsureStreamAsync(name, cancellationToken: cancellationToken)).Stream;
        var pieceBytes = LineFormat.PieceBytes(stream.Config.MaxRecordBytes ?? Limits.RecordBytes);

        var result = await CliProgress.RunAsync(call.Host, call.Out.Json, $"import {path}", file is { CanSeek: true } ? file.Length : 0, progress =>
        {
            var import = new FileImport(call.Client, name, call.Get(_token))
            {
                Progress = bytes => progress.Set(bytes),
                OnceOnly = () => call.Say($"{path} does not say how long it is; it is read once, and another import appends it again"),
            };
            return file is { CanSeek: true }
                ? import.RunAsync(file, call.Get(_label) ?? string.Empty, pieceBytes, cancellationToken)
                : import.RunAsync(file ?? call.Host.Input, pieceBytes, cancellationToken);
        });
        Report(call, result);
        return ExitCode.Ok;
    }

    private static void Report(Call call, ImportResult result)
    {
        if (call.Out.Json)
        {
            call.Out.WriteJson(result, CliJson.Default.ImportResult);
            return;
        }

        if (result.SkippedBatches > 0)
            call.Say($"an earlier run had appended {result.SkippedBatches} of {result.Batches} batches");

        call.Out.WriteTable(
            ["records", "bytes", "start", "end"],
            [[$"{result.Records}", $"{result.Bytes}", $"{result.Start}", $"{result.End}"]]);
    }

    private static FileStream Open(string path)
    {
        if (Directory.Exists(path))
            throw new CliException(ExitCode.Usage, $"{path} is a directory.");

        return new FileStream(path, new FileStreamOptions
        {
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            Options = FileOptions.SequentialScan,
            BufferSize = 0,
        });
    }
}

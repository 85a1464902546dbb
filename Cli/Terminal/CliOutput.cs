using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Orleans.Log.Cli.Terminal;

/// <summary>
/// Standard output, buffered: UTF-8, LF, one JSON value a line with --json. Whoever is going to wait flushes before. Not thread-safe.
/// </summary>
internal sealed class CliOutput(CliHost host, bool json) : IAsyncDisposable
{
    private const byte Lf = (byte)'\n';
    private readonly BufferedStream _stream = new(host.Output, 64 * 1024);

    /// <summary>Results are for programs.</summary>
    public bool Json => json;

    /// <summary>Results are for a person who looks at them.</summary>
    public bool IsTerminal => host.OutputIsTerminal && !json;

    public void WriteBytes(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public void WriteLine(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        _stream.WriteByte(Lf);
    }

    public void WriteLine(string text) => WriteLine(Encoding.UTF8.GetBytes(text));

    public void WriteJson<T>(T value, JsonTypeInfo<T> type)
    {
        JsonSerializer.Serialize(_stream, value, type);
        _stream.WriteByte(Lf);
    }

    /// <summary>A table: with a heading on a terminal; otherwise the bare cells, one row a line, with tabs between.</summary>
    public void WriteTable(IReadOnlyList<string> heading, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (!IsTerminal)
        {
            foreach (var row in rows)
                WriteLine(string.Join('\t', row.Select(SafeText.Of)));

            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in heading)
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());

        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => new Text(SafeText.Of(cell)))]);

        using var writer = new StreamWriter(_stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) }).Write(table);
    }

    public Task FlushAsync() => _stream.FlushAsync();

    /// <summary>Flushes; standard output itself stays open.</summary>
    public async ValueTask DisposeAsync() => await _stream.FlushAsync();
}

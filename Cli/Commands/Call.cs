using System.CommandLine;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>One run of a verb: what it was given and what it works with.</summary>
internal sealed class Call(CliHost host, ParseResult parsed, Option<Uri> server, Option<bool> json) : IAsyncDisposable
{
    private LogClient? _client;

    /// <summary>The process.</summary>
    public CliHost Host => host;

    /// <summary>Where results go.</summary>
    public CliOutput Out { get; } = new(host, parsed.GetValue(json));

    /// <summary>The server that was named.</summary>
    public Uri Server => parsed.GetRequiredValue(server);

    /// <summary>A client of that server; nothing is sent before it is used.</summary>
    public LogClient Client => _client ??= new LogClient(Server, new LogClientOptions { TimeProvider = host.Time });

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => argument.Arity.MinimumNumberOfValues > 0 ? parsed.GetRequiredValue(argument) : parsed.GetValue(argument)!;

    public T[] Get<T>(Argument<T[]> arguments) => parsed.GetValue(arguments) ?? [];

    /// <summary>Was the option written on the command line?</summary>
    public bool Has(Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>A remark for people, on standard error; silent with --json.</summary>
    public void Say(string remark)
    {
        if (!Out.Json)
            host.Error.WriteLine($"olog: {SafeText.Of(remark)}");
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await Out.DisposeAsync();
    }
}

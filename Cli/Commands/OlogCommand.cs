using System.CommandLine;
using Orleans.Log.Cli.Terminal;
using Orleans.Log.Client;

namespace Orleans.Log.Cli.Commands;

/// <summary>The root of the command line: options of every verb, and the verbs.</summary>
internal static class OlogCommand
{
    public static RootCommand Create(CliHost host)
    {
        var (server, json) = (CommonOptions.Server(host), CommonOptions.Json());
        var root = new RootCommand("Orleans.Log: a durable, ordered log. Verbs, JSON and exit codes: docs/CLI.md.") { server, json };
        foreach (var verb in Verbs())
        {
            verb.SetAction(async (parsed, cancellationToken) =>
            {
                await using var call = new Call(host, parsed, server, json);
                try
                {
                    return (int)await verb.RunAsync(call, cancellationToken);
                }
                catch (LogClientException unreachable) when (unreachable.Code == LogClientErrors.Unreachable)
                {
                    throw new CliException(ExitCode.Unavailable, $"{call.Server}: {unreachable.Message}", unreachable);
                }
            });
            root.Add(verb);
        }

        return root;
    }

    private static Verb[] Verbs() =>
    [
        new CreateVerb(), new ListVerb(), new ConfigVerb(), new AppendVerb(), new ReadVerb(), new TailVerb(), new CheckTailVerb(),
        new TrimVerb(), new FenceVerb(), new SealVerb(), new DeleteVerb(), new SnapshotVerb(), new SnapshotsVerb(), new NodesVerb(), new ImportVerb(), new ExportVerb(), new BenchVerb(), new DoctorVerb(), new RestoreVerb(),
    ];
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Orleans.Log.Process.Faults.Server;

/// <summary>strace in front of the server: makes the k-th and every later call of one kind fail, on each thread, and writes down when.</summary>
internal sealed partial class Strace(string logFile)
{
    /// <summary>The command that goes before the server's.</summary>
    public string[] Wrapper(string call, string error, int from) =>
    [
        "strace", "-f", "-q", "--seccomp-bpf", "-ttt", "-o", logFile,
        "-e", $"trace={call}", "-e", string.Create(CultureInfo.InvariantCulture, $"inject={call}:error={error}:when={from}+"),
    ];

    /// <summary>
    /// The command that kills the server instead, before a thread of it makes its k-th call of these kinds. Slower than the others: with --seccomp-bpf strace 6.1 sends the signal at the first
    /// call of a thread or never.
    /// </summary>
    /// <param name="calls">The kinds.</param>
    /// <param name="at">k.</param>
    /// <param name="paths">Only calls that concern one of these files or directories count; all do if there is none.</param>
    public string[] KillingWrapper(string calls, int at, params IEnumerable<string> paths) =>
    [
        "strace", "-f", "-q", "-y", "-o", logFile, .. paths.SelectMany(static path => new[] { "-P", path }),
        "-e", $"trace={calls}", "-e", string.Create(CultureInfo.InvariantCulture, $"inject={calls}:signal=KILL:when={at}"),
    ];

    /// <summary>The command that only writes down what calls of these kinds there are.</summary>
    public string[] CountingWrapper(string calls) => ["strace", "-f", "-q", "--seccomp-bpf", "-o", logFile, "-e", $"trace={calls}"];

    /// <summary>The calls of the thread that made the most of this kind. strace counts for each thread by itself, so this is how far it is worth counting.</summary>
    public int MostCallsOfOneThread(string call) => File.ReadAllLines(logFile)
        .Select(static line => line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        .Where(words => words is [_, var what] && what.StartsWith(call + "(", StringComparison.Ordinal))
        .GroupBy(static words => words[0])
        .Select(static thread => thread.Count())
        .DefaultIfEmpty()
        .Max();

    /// <summary>The call before which the server was killed, with the file that it concerned (the last one, if there are two); null if it made none that had no end.</summary>
    public (string Call, string File)? KilledBefore() => File.ReadAllLines(logFile)
        .Select(static line => KilledCall().Match(line))
        .Where(static call => call.Success)
        .Select(static call => ((string, string)?)(call.Groups["call"].Value, call.Groups["file"].Value))
        .LastOrDefault();

    /// <summary>What the trace says of the failures and of the end.</summary>
    public StraceOutcome Read()
    {
        var lines = File.ReadAllLines(logFile);
        var injected = lines.Where(line => line.Contains("(INJECTED)", StringComparison.Ordinal)).ToList();
        var ends = lines.Where(line => line.Contains("+++ killed by", StringComparison.Ordinal) || line.Contains("+++ exited with", StringComparison.Ordinal)).ToList();
        return new StraceOutcome(
            injected.Count,
            injected.Count > 0 ? TimeOf(injected[0]) : null,
            ends.Count > 0 ? TimeOf(ends[^1]) : null);
    }

    /// <summary>The second word of a line, after the thread's number: seconds since 1970, in microseconds.</summary>
    private static DateTimeOffset TimeOf(string line)
    {
        var seconds = decimal.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        return DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
    }

    // Such as: 17 rename("/data/a.tmp", "/data/a") = ?, and: 17 fsync(9</data/a.tmp>) = ?
    [GeneratedRegex(@"^\d+ +(?<call>\w+)\(.*[<""](?<file>[^<>""]+)[>""]\)? +(= \?|<unfinished)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex KilledCall();
}

/// <summary>What a trace says.</summary>
/// <param name="Injected">Calls that were made to fail.</param>
/// <param name="FirstFailure">When the first of them was made.</param>
/// <param name="End">When the process was gone.</param>
internal sealed record StraceOutcome(int Injected, DateTimeOffset? FirstFailure, DateTimeOffset? End);

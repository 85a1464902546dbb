using Spectre.Console;

namespace Orleans.Log.Cli.Terminal;

/// <summary>Progress of long work: a bar on standard error if that is a terminal, otherwise nothing at all.</summary>
internal sealed class CliProgress
{
    private readonly ProgressTask? _task;

    private CliProgress(ProgressTask? task) => _task = task;

    /// <summary>Runs the work with a bar for <paramref name="whole"/> units; 0 = not known.</summary>
    public static async Task<T> RunAsync<T>(CliHost host, bool json, string title, double whole, Func<CliProgress, Task<T>> work)
    {
        if (!host.ErrorIsTerminal || json)
            return await work(new CliProgress(null));

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(host.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: whole > 0 ? whole : 1);
                task.IsIndeterminate = whole <= 0;
                return await work(new CliProgress(task));
            });
    }

    /// <summary>So many units are done, of all.</summary>
    public void Set(double done)
    {
        if (_task is not null)
            _task.Value = done;
    }

    /// <summary>Sets done and whole.</summary>
    public void Set(double done, double whole)
    {
        if (_task is null)
            return;

        (_task.IsIndeterminate, _task.MaxValue, _task.Value) = (whole <= 0, Math.Max(1, whole), done);
    }

    /// <summary>Changes what stands before the bar.</summary>
    public void Describe(string title)
    {
        if (_task is not null)
            _task.Description = Markup.Escape(title);
    }
}

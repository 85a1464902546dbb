using System.Diagnostics;

namespace Orleans.Log.Benchmarks;

/// <summary>Work over files that the machine's page cache has let go of, and what its own tools read them with.</summary>
internal static class ColdFiles
{
    /// <summary>Measures; if files are given, after the page cache has let go of them.</summary>
    public static async Task<Cost> MeasureAsync(string[]? files, Func<Task> work)
    {
        if (files is not null)
            await ShellAsync("for file; do dd of=\"$file\" oflag=nocache conv=notrunc,fdatasync count=0 status=none; done", files);

        return await Cost.OfAsync(work);
    }

    /// <summary>Reads them with <c>cat</c>.</summary>
    public static Task CatAsync(string[] files) => ShellAsync("cat \"$@\" > /dev/null", files);

    /// <summary>Reads them with <c>dd</c>, a MiB at a time.</summary>
    public static Task DdAsync(string[] files) => ShellAsync("for file; do dd if=\"$file\" of=/dev/null bs=1M status=none; done", files);

    private static async Task ShellAsync(string script, string[] files)
    {
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", .. files]);
        await shell.WaitForExitAsync();
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"'{script}' ended with {shell.ExitCode}.");
    }
}

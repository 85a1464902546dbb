namespace Orleans.Log.Testing.Browser;

/// <summary>The browser of the suites that look at pages: Debian's Chromium, or Chrome. Nothing is downloaded or installed.</summary>
public static class Chromium
{
    /// <summary>The path of the program, or null where the <c>PATH</c> has none.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Arguments under which the browser connects to the test's server and to nothing else.</summary>
    public static IReadOnlyList<string> Arguments { get; } =
        ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
}

/// <summary>A browser test. Skipped, with the reason, where there is no Chromium.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    /// <summary>Skips the test where <see cref="Chromium.Program"/> is null.</summary>
    public ChromiumFactAttribute()
    {
        if (Chromium.Program is null)
            Skip = "needs Chromium or Chrome on the PATH (Debian's package chromium): no page was tried in a browser";
    }
}

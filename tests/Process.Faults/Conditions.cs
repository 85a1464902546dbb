using System.Diagnostics;

namespace Orleans.Log.Process.Faults;

/// <summary>Whether this run takes the long forms: <c>./test --long</c>.</summary>
internal static class LongForm
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("ORLEANS_LOG_LONG") == "1";

    public static T Choose<T>(T quick, T lengthy) => IsOn ? lengthy : quick;
}

/// <summary>A test that only the long form runs; says so otherwise.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute()
    {
        if (!LongForm.IsOn)
            Skip = "long form only: ./test --long";
    }
}

/// <summary>A test of what only Linux has: descriptors by /proc, and what its kernel says of a connection.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "needs Linux";
    }
}

/// <summary>A theory that needs strace with fault injection; says so where there is none, or where tracing is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StraceTheoryAttribute : TheoryAttribute
{
    internal const string Needs = "needs strace with fault injection, and leave to trace";

    private static readonly Lazy<bool> Works = new(() => Tools.Succeeds("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO:when=1", "true"));

    public StraceTheoryAttribute()
    {
        if (!IsThere)
            Skip = Needs;
    }

    internal static bool IsThere => Works.Value;
}

/// <summary>A test that needs strace with fault injection; says so where there is none, or where tracing is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StraceFactAttribute : FactAttribute
{
    public StraceFactAttribute()
    {
        if (!StraceTheoryAttribute.IsThere)
            Skip = StraceTheoryAttribute.Needs;
    }
}

/// <summary>A test that mounts a small file system; says so where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Works = new(() => Tools.Succeeds("unshare", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"));

    public MountFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Works.Value)
            Skip = "needs root, to mount a small file system";
    }
}

/// <summary>Programs of the machine that a test may find or not.</summary>
internal static class Tools
{
    /// <summary>Runs a program to its end; true if there is one and it says 0.</summary>
    public static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
            using var process = System.Diagnostics.Process.Start(start)!;
            process.StandardOutput.ReadToEnd();
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static void Run(string program, params string[] arguments) =>
        Succeeds(program, arguments).ShouldBeTrue($"{program} {string.Join(' ', arguments)}");
}

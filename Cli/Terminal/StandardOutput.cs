using Microsoft.Win32.SafeHandles;

namespace Orleans.Log.Cli.Terminal;

/// <summary>
/// Standard output that reports a reader who went away. The runtime's console stream swallows that, so that
/// <c>olog tail -f | head</c> would go on reading for ever.
/// </summary>
internal static class StandardOutput
{
    private const int BrokenPipe = 32;

    public static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return Console.OpenStandardOutput();

        // A FileStream keeps its own position in a file, which would break "{ olog a; olog b; } > file"; pipes have none.
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
    }

    /// <summary>Did the reader of our output go away?</summary>
    public static bool IsReaderGone(IOException exception) => exception.HResult == BrokenPipe;
}

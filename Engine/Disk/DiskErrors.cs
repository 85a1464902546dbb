using System.Runtime.InteropServices;

namespace Orleans.Log.Engine.Disk;

/// <summary>Turns what an operating system says into a <see cref="DiskException"/>.</summary>
internal static class DiskErrors
{
    private const int EPERM = 1, ENOENT = 2, EACCES = 13, EINVAL = 22, EFBIG = 27, ENOSPC = 28, EROFS = 30, EOPNOTSUPP = 95, EDQUOT = 122;

    /// <summary>The failure of a call of libc, whose errno has just been saved by the marshaller.</summary>
    public static DiskException FromErrno(string what)
    {
        var number = Marshal.GetLastPInvokeError();
        return new DiskException(Classify(number), $"{what}: {Marshal.GetPInvokeErrorMessage(number)} (errno {number}).", number);
    }

    /// <summary>The failure of a call of the base class library.</summary>
    public static DiskException From(Exception error, string what)
    {
        if (error is DiskException known)
            return known;

        var failure = error switch
        {
            FileNotFoundException or DirectoryNotFoundException => DiskFailure.NotFound,
            UnauthorizedAccessException => DiskFailure.Denied,
            IOException { HResult: unchecked((int)0x80070070) or unchecked((int)0x80070027) } => DiskFailure.Full,
            IOException { HResult: > 0 and < 4096 } unix => Classify(unix.HResult),
            _ => DiskFailure.Io,
        };
        return new DiskException(failure, $"{what}: {error.Message}", error.HResult, error);
    }

    private static DiskFailure Classify(int number) => number switch
    {
        ENOSPC or EDQUOT or EFBIG => DiskFailure.Full,
        EROFS => DiskFailure.ReadOnly,
        EACCES or EPERM => DiskFailure.Denied,
        ENOENT => DiskFailure.NotFound,
        EINVAL or EOPNOTSUPP => DiskFailure.Unsupported,
        _ => DiskFailure.Io,
    };
}

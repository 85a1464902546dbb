using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Log.Engine.Disk;

/// <summary>
/// The calls of Linux's C library that durability rests on. The base class library has no fdatasync, no O_DIRECT and no O_DSYNC, does not
/// open directories, and its own flush does not report a failed fsync. 64-bit processes only: off_t is passed as long.
/// </summary>
internal static partial class LibC
{
    public const int OpenReadOnly = 0, OpenReadWrite = 2, OpenCreate = 0x40, OpenTruncate = 0x200, OpenDataSync = 0x1000, OpenCloseOnExec = 0x80000;
    public const int LockExclusive = 2, LockNonBlocking = 4;
    public const int AdviceDontNeed = 4;
    public const int EINTR = 4, EAGAIN = 11, EBADF = 9;

    private const string Name = "libc";

    // x86-64 and arm64 swapped these two numbers.
    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static int OpenDirect => Arm ? 0x10000 : 0x4000;

    public static int OpenDirectory => Arm ? 0x4000 : 0x10000;

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "pwrite", SetLastError = true)]
    public static unsafe partial nint Write(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport(Name, EntryPoint = "pread", SetLastError = true)]
    public static unsafe partial nint Read(SafeFileHandle file, byte* buffer, nint count, long offset);

    [LibraryImport(Name, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FlushData(SafeFileHandle file);

    [LibraryImport(Name, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FlushData(int descriptor);

    [LibraryImport(Name, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Flush(SafeFileHandle file);

    [LibraryImport(Name, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport(Name, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport(Name, EntryPoint = "posix_fadvise")]
    public static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    /// <summary>Opens, repeating what a signal interrupted; throws <see cref="DiskException"/>.</summary>
    public static SafeFileHandle OpenOrThrow(string path, int flags, string what)
    {
        int descriptor;
        do
            descriptor = Open(path, flags | OpenCloseOnExec, 0x1A4 /* rw-r--r-- */);
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == EINTR);
        if (descriptor < 0)
            throw DiskErrors.FromErrno(what);

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }
}

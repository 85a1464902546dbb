using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Log.Engine.Disk;

/// <summary>A file of Windows or macOS: reads and writes through the base class library, flushes through the operating system's own call.</summary>
internal sealed partial class PortableFile(SafeFileHandle handle, string name) : IDiskFile
{
    private const int FullFlush = 51; // F_FULLFSYNC: fsync alone leaves data in the drive's cache on macOS.

    /// <inheritdoc/>
    public long Length => RandomAccess.GetLength(handle);

    /// <inheritdoc/>
    public bool WritesAreDurable => false;

    /// <summary>See <see cref="LinuxFile.ProveThatFailedFlushesAreSeen"/>.</summary>
    public static void ProveThatFailedFlushesAreSeen()
    {
        var seen = OperatingSystem.IsWindows() ? !FlushFileBuffers(-1) : Control(-1, FullFlush) == -1;
        if (!seen)
            throw new DiskException(DiskFailure.Unsupported, "A flush of an invalid handle was not reported as failed; durability cannot be had here.");
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, $"Writing {bytes.Length} bytes at {offset} of '{name}' failed");
        }
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> buffer)
    {
        try
        {
            var done = 0;
            while (done < buffer.Length)
            {
                var read = RandomAccess.Read(handle, buffer[done..], offset + done);
                if (read == 0)
                    break;

                done += read;
            }

            return done;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, $"Reading {buffer.Length} bytes at {offset} of '{name}' failed");
        }
    }

    /// <inheritdoc/>
    public void Flush() => Flush(handle, name);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    /// <summary>Flushes a handle to the device or throws.</summary>
    internal static void Flush(SafeFileHandle handle, string name)
    {
        var flushed = OperatingSystem.IsWindows() ? FlushFileBuffers(handle) : Control(handle, FullFlush) != -1;
        if (!flushed)
            throw DiskErrors.FromErrno($"Flushing '{name}' failed");
    }

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(nint file);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command);
}

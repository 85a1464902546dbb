using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Orleans.Log.Engine.Disk;

/// <summary>A file of Linux, through the C library.</summary>
internal sealed class LinuxFile(SafeFileHandle handle, string name, DiskAccess access, bool dropPages) : IDiskFile
{
    /// <inheritdoc/>
    public long Length => RandomAccess.GetLength(handle);

    /// <inheritdoc/>
    public bool WritesAreDurable => access == DiskAccess.WriteDurable;

    /// <summary>
    /// A flush of a descriptor that does not exist must fail. Where it seems to succeed (as the base class library's did), nothing may
    /// be acknowledged.
    /// </summary>
    public static void ProveThatFailedFlushesAreSeen()
    {
        if (LibC.FlushData(-1) != -1 || Marshal.GetLastPInvokeError() != LibC.EBADF)
            throw new DiskException(DiskFailure.Unsupported, "fdatasync of an invalid descriptor was not reported as failed; durability cannot be had here.");
    }

    /// <inheritdoc/>
    public unsafe void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint done = 0;
            while (done < bytes.Length)
            {
                var written = LibC.Write(handle, start + done, bytes.Length - done, offset + done);
                if (written > 0)
                    done += written;
                else if (written == 0 || Marshal.GetLastPInvokeError() != LibC.EINTR)
                    throw DiskErrors.FromErrno($"Writing {bytes.Length} bytes at {offset} of '{name}' failed");
            }
        }
    }

    /// <inheritdoc/>
    public unsafe int Read(long offset, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint done = 0;
            while (done < buffer.Length)
            {
                var read = LibC.Read(handle, start + done, buffer.Length - done, offset + done);
                if (read == 0)
                    break;

                if (read > 0)
                    done += read;
                else if (Marshal.GetLastPInvokeError() != LibC.EINTR)
                    throw DiskErrors.FromErrno($"Reading {buffer.Length} bytes at {offset} of '{name}' failed");
            }

            return (int)done;
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // EINTR too ends it: whether an interrupted flush wrote everything is not known, and a second one proves nothing.
        if (LibC.FlushData(handle) != 0)
            throw DiskErrors.FromErrno($"Flushing '{name}' failed");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (handle.IsClosed)
            return;

        // Advice only: what was written once to prepare a file is not read again, and would have to be invalidated by every direct write.
        if (dropPages)
            _ = LibC.Advise(handle, 0, 0, LibC.AdviceDontNeed);

        handle.Dispose();
    }
}

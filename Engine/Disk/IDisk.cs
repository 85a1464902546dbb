namespace Orleans.Log.Engine.Disk;

/// <summary>
/// The part of a file system that the engine uses, rooted at the data directory. Names are relative, with '/' between parts, and made by
/// the engine only. Everything is synchronous and safe for use by several threads. A failure is a <see cref="DiskException"/>. An
/// implementer must not make anything durable earlier, or report it so, than the method's text says: the simulator builds on that.
/// </summary>
public interface IDisk
{
    /// <summary>Takes an exclusive lock for the life of the result, verified to be held; throws if another process has it.</summary>
    IDisposable Lock(string name);

    /// <summary>Creates the directory (and its parents up to the root); durable once the parent directory is flushed.</summary>
    void CreateDirectory(string name);

    /// <summary>Names (without the directory) of the files in a directory, in ordinal order; none if it does not exist.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Names (without the directory) of the directories in a directory, in ordinal order; none if it does not exist.</summary>
    IReadOnlyList<string> ListDirectories(string directory);

    /// <summary>Does the file exist?</summary>
    bool Exists(string name);

    /// <summary>Creates an empty file, replacing one that exists.</summary>
    IDiskFile Create(string name);

    /// <summary>Opens an existing file.</summary>
    IDiskFile Open(string name, DiskAccess access);

    /// <summary>Renames atomically, replacing the target; durable once the directory is flushed.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; durable once the directory is flushed. No effect if there is none.</summary>
    void Delete(string name);

    /// <summary>Makes the directory's entries durable; the empty name is the root.</summary>
    void FlushDirectory(string name);

    /// <summary>Bytes that may still be allocated.</summary>
    long FreeBytes { get; }
}

/// <summary>How a file is opened.</summary>
public enum DiskAccess
{
    /// <summary>For reading through the page cache.</summary>
    Read,

    /// <summary>
    /// For reading what is on the device, past anything that a crashed process left in the page cache. Offsets, lengths and buffers are multiples of 4,096.
    /// </summary>
    ReadDevice,

    /// <summary>For reading and writing through the page cache; durable after <see cref="IDiskFile.Flush"/>.</summary>
    Write,

    /// <summary>
    /// For writing whole sectors so that a write is durable when it returns (O_DIRECT|O_DSYNC). Offsets, lengths and buffers are
    /// multiples of 4,096. Throws <see cref="DiskException"/> with <see cref="DiskFailure.Unsupported"/> where the file system refuses it.
    /// </summary>
    WriteDurable,

    /// <summary>
    /// For writing whole sectors past the page cache (O_DIRECT), much at once and without keeping other writers waiting; durable after <see cref="IDiskFile.Flush"/>, which then has little to do.
    /// Offsets, lengths and buffers are multiples of 4,096. Throws <see cref="DiskException"/> with <see cref="DiskFailure.Unsupported"/> where the file system refuses it.
    /// </summary>
    WriteDirect,
}

/// <summary>An open file. Reads and writes at different places may run at once.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>Is every write durable when it returns?</summary>
    bool WritesAreDurable { get; }

    /// <summary>Writes all of the bytes, or throws.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads up to the length of the buffer; fewer only at the end of the file.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>
    /// Returns once everything written through this or any other handle before the call is durable (fdatasync), or throws. After a throw nothing
    /// is known about any earlier write, and calling again proves nothing.
    /// </summary>
    void Flush();
}

/// <summary>What kind of failure a disk reported.</summary>
public enum DiskFailure
{
    /// <summary>Anything not named below.</summary>
    Io,

    /// <summary>No space is left, or a quota is met.</summary>
    Full,

    /// <summary>The file system is mounted read-only.</summary>
    ReadOnly,

    /// <summary>Permission denied.</summary>
    Denied,

    /// <summary>There is no such file.</summary>
    NotFound,

    /// <summary>Another process holds the lock.</summary>
    Locked,

    /// <summary>The file system does not do this.</summary>
    Unsupported,
}

/// <summary>A call to the disk failed.</summary>
public sealed class DiskException(DiskFailure failure, string message, int errorNumber = 0, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>What kind.</summary>
    public DiskFailure Failure { get; } = failure;

    /// <summary>The operating system's number, 0 if there is none.</summary>
    public int ErrorNumber { get; } = errorNumber;
}

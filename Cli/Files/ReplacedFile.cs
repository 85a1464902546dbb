using System.Globalization;
using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Files;

/// <summary>
/// A file that is there whole or not at all: written under another name beside it and renamed at the end. Without
/// <see cref="Commit"/> nothing remains of it.
/// </summary>
internal sealed class ReplacedFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly bool _mayReplace;
    private readonly FileStream _file;
    private bool _committed;

    /// <param name="path">The file; a symbolic link is followed, and stays.</param>
    /// <param name="mayReplace">An existing one is replaced; otherwise it is refused.</param>
    public ReplacedFile(string path, bool mayReplace)
    {
        _path = Path.GetFullPath(path);
        if (new FileInfo(_path).LinkTarget is not null)
            _path = File.ResolveLinkTarget(_path, returnFinalTarget: true)!.FullName;

        if (Directory.Exists(_path))
            throw new CliException(ExitCode.Usage, $"{path} is a directory.");

        // A rename would replace the device node, the pipe or the socket itself.
        if (_path.StartsWith("/dev/", StringComparison.Ordinal) || (File.Exists(_path) && !IsRegular(_path)))
            throw new CliException(ExitCode.Usage, $"{path} is not a file; use - for standard output.");

        if (!mayReplace && File.Exists(_path))
            throw new CliException(ExitCode.ConditionFailed, $"{path} exists; --force replaces it.");

        _mayReplace = mayReplace;
        _temporary = string.Create(CultureInfo.InvariantCulture, $"{_path}.{Random.Shared.Next():x8}.tmp");

        // Write-through: the runtime's own flush cannot report an error of the disk, and a rename must not outrun the bytes.
        _file = new FileStream(_temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.WriteThrough,
            BufferSize = 1024 * 1024,
        });
    }

    /// <summary>Where to write.</summary>
    public Stream Stream => _file;

    /// <summary>Puts the file in its place.</summary>
    public async Task CommitAsync()
    {
        await _file.DisposeAsync();
        File.Move(_temporary, _path, _mayReplace);
        _committed = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        if (!_committed)
            File.Delete(_temporary);
    }

    // Opened for reading and writing: a pipe that is opened for one of them waits for its other end.
    private static bool IsRegular(string path)
    {
        try
        {
            const FileShare Anybody = FileShare.ReadWrite | FileShare.Delete;
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, Anybody, bufferSize: 0);
            return file.CanSeek;
        }
        catch (IOException)
        {
            // A socket, or something else that cannot be opened: no file takes its place.
            return false;
        }
    }
}

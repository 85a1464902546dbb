namespace Orleans.Log.Engine.Wal;

/// <summary>Collects WAL files that are missing or short, so that a refusal names all of them and not only the first.</summary>
internal sealed class WalFileDamage(ControlSlot control)
{
    // An error is one line.
    private const int MostNamed = 8;

    private readonly long _fileSize = (long)control.FileSizeMiB * WalFormat.MiB;
    private readonly List<string> _found = [];
    private bool _missing;

    /// <summary>The files from one sequence to another are not there; none if the second is below the first.</summary>
    public void Missing(long from, long to)
    {
        if (to < from)
            return;

        _missing = true;
        _found.Add(to == from ? $"'{WalFileName.Of(from)}' is missing" : $"'{WalFileName.Of(from)}' to '{WalFileName.Of(to)}' are missing");
    }

    /// <summary>Notes a file that has not its full size.</summary>
    public void Measure(long sequence, long length)
    {
        if (length < _fileSize)
            _found.Add($"'{WalFileName.Of(sequence)}' has {length} bytes of {_fileSize}");
    }

    /// <summary>Refuses the directory if anything was found.</summary>
    public void ThrowIfAny()
    {
        if (_found.Count == 0)
            return;

        var more = _found.Count > MostNamed ? $", and {_found.Count - MostNamed} more" : string.Empty;
        throw new DataDirectoryException(
            _missing ? DataDirectoryProblem.MissingFile : DataDirectoryProblem.ShortFile,
            $"WAL files are damaged: {string.Join(", ", _found.Take(MostNamed))}{more}. Every WAL file that may have been used exists in its full size, "
            + "so acknowledged records may be lost; nothing is read around them and nothing was changed.");
    }
}

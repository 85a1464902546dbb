namespace Orleans.Log.Cli.Files;

/// <summary>What an import did; with --json exactly this.</summary>
internal sealed record ImportResult
{
    /// <summary>The stream.</summary>
    public required string Stream { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>Records that the file is in the stream.</summary>
    public required long Records { get; init; }

    /// <summary>Batches that the file is in the stream.</summary>
    public required long Batches { get; init; }

    /// <summary>Batches of these that an earlier run had appended.</summary>
    public required long SkippedBatches { get; init; }

    /// <summary>LSN of the first record that this run appended; absent if there was none.</summary>
    public long? Start { get; init; }

    /// <summary>LSN behind the last one.</summary>
    public long? End { get; init; }

    /// <summary>SHA-256 of the bytes, in hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Producer that the batches are numbered under.</summary>
    public required string ProducerId { get; init; }
}

/// <summary>What an export did; with --json exactly this.</summary>
internal sealed record ExportResult
{
    /// <summary>The stream.</summary>
    public required string Stream { get; init; }

    /// <summary>LSN of the first record written.</summary>
    public required long Start { get; init; }

    /// <summary>LSN behind the last one.</summary>
    public required long End { get; init; }

    /// <summary>Records.</summary>
    public required long Records { get; init; }

    /// <summary>Bytes written.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the bytes, in hexadecimal.</summary>
    public required string Sha256 { get; init; }
}

using Orleans.Log.Client;

namespace Orleans.Log.Cli.Files;

/// <summary>One batch of a file that is being imported. Its memory is valid until the next batch is asked for.</summary>
/// <param name="Records">The records, in file order.</param>
/// <param name="FileBytes">How many bytes of the file they stand for, line ends included.</param>
internal readonly record struct ImportBatch(ReadOnlyMemory<NewRecord> Records, long FileBytes);

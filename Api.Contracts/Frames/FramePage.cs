namespace Orleans.Log.Api.Contracts.Frames;

/// <summary>What a page says beside its records.</summary>
/// <param name="Count">Number of records.</param>
/// <param name="First">LSN of the first record; equal to <paramref name="Next"/> if there is none.</param>
/// <param name="Next">LSN to read next.</param>
/// <param name="Head">Lowest LSN that can still be read.</param>
/// <param name="Tail">LSN that the next record gets.</param>
/// <param name="Sealed">The tail will never move again.</param>
public readonly record struct FramePage(int Count, long First, long Next, long Head, long Tail, bool Sealed);

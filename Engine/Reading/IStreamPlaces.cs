namespace Orleans.Log.Engine.Reading;

/// <summary>Where a stream's records stand, for a reader that is under way. Safe for use by any number of threads.</summary>
internal interface IStreamPlaces
{
    /// <summary>The nearest known place at or below an LSN.</summary>
    IndexEntry? Find(long lsn);

    /// <summary>A reader stopped here, before the tail, and may come back.</summary>
    void Remember(in IndexEntry stop);
}

namespace Orleans.Log.Client;

/// <summary>Where an appender is in its life. It only ever moves downwards in this list.</summary>
public enum AppenderState
{
    /// <summary>Takes batches.</summary>
    Open,

    /// <summary>Closed by its owner; takes no more, what it took is being finished.</summary>
    Closing,

    /// <summary>A batch has failed: that one and everything after it fails with the same error. Make a new appender.</summary>
    Faulted,

    /// <summary>Closed, and every callback has returned.</summary>
    Closed,
}

namespace Orleans.Log.Grains.Wire;

/// <summary>
/// The place of a call among those of its sender. Orleans may deliver calls in another order than they were made in; by this the grain puts them back. It says nothing of retries: for those there is the
/// producer stamp.
/// </summary>
/// <param name="Sender">Who made the calls: random, anew for every opened stream.</param>
/// <param name="Number">Which call: dense, from 0.</param>
/// <param name="Settled">Every call before this one had its outcome when the call was made. Equal to <paramref name="Number"/> while the sender waits for each before the next, and then there is nothing to put in order.</param>
[GenerateSerializer]
[Immutable]
[Alias("olog.order.v1")]
public readonly record struct SenderOrder([property: Id(0)] Guid Sender, [property: Id(1)] long Number, [property: Id(2)] long Settled);

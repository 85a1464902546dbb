using System.Runtime.CompilerServices;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Engine.Metadata;

/// <content>Watching, by asking again and again.</content>
public sealed partial class BlobMetadataStore
{
    /// <inheritdoc/>
    public IAsyncEnumerable<MetadataChange> WatchAsync(string prefix, CancellationToken cancellationToken = default)
    {
        MetadataKey.RequirePrefix(prefix);
        return WatchHereAsync(prefix, cancellationToken);
    }

    private async IAsyncEnumerable<MetadataChange> WatchHereAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = new Dictionary<BlobName, Known>();
        for (var pause = _options.WatchPause; ; pause = Longer(pause))
        {
            var round = RoundAsync(prefix, known, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (round)
            {
                while (await MovesAsync(round))
                {
                    pause = TimeSpan.Zero;
                    yield return round.Current;
                }
            }

            pause = pause == TimeSpan.Zero ? _options.WatchPause : pause;
            await Task.Delay(pause, _options.Time, cancellationToken);
        }
    }

    /// <summary>What changed since the round before; what was told is known from then on, also if the round breaks off.</summary>
    private async IAsyncEnumerable<MetadataChange> RoundAsync(
        string prefix, Dictionary<BlobName, Known> known, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<BlobName>();
        await foreach (var names in NamesAsync(prefix, cancellationToken))
        {
            var found = await Task.WhenAll(names.Select(name => LookAsync(name, known, cancellationToken)));
            for (var i = 0; i < names.Length; i++)
            {
                if (found[i] is not { } present)
                    continue;

                seen.Add(names[i]);
                known[names[i]] = present.Known;
                if (present.Changed is { } entry && Begins(entry.Key))
                    yield return new MetadataChange(entry.Key, entry);
            }
        }

        foreach (var (name, gone) in known.Where(entry => !seen.Contains(entry.Key)).ToList())
        {
            known.Remove(name);
            if (Begins(gone.Key))
                yield return new MetadataChange(gone.Key, null);
        }

        bool Begins(MetadataKey key) => key.Value.StartsWith(prefix, StringComparison.Ordinal);
    }

    /// <summary>What a blob has; its value is fetched only if its version is not the known one.</summary>
    private async Task<(Known Known, MetadataEntry? Changed)?> LookAsync(BlobName name, Dictionary<BlobName, Known> known, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(name, out var before)
            && await CallAsync(() => _blobs.HeadAsync(name, cancellationToken)) is { } info
            && info.Version.Tag == before.Version.Tag)
        {
            return (before, null);
        }

        return await ReadAsync(name, cancellationToken) is { } found ? (new Known(found.Frame.Key, found.Version), EntryOf(found)) : null;
    }

    /// <summary>False at the end of a round, and where the store does not answer: the next round goes on from there.</summary>
    private static async ValueTask<bool> MovesAsync(IAsyncEnumerator<MetadataChange> round)
    {
        try
        {
            return await round.MoveNextAsync();
        }
        catch (MetadataStoreException error) when (error.Kind == MetadataErrorKind.Unavailable)
        {
            return false;
        }
    }

    private TimeSpan Longer(TimeSpan pause) => 2 * pause < _options.WatchPauseMax ? 2 * pause : _options.WatchPauseMax;

    /// <summary>What a watcher remembers of a blob.</summary>
    private readonly record struct Known(MetadataKey Key, MetadataVersion Version);
}

using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Offload;

/// <summary>
/// The root pages as this node knows them, and the one way in which it changes them: compare-and-swap, each entry under the rule of <see cref="PublishRule"/>. What
/// is in memory is what the store was last seen to hold. Changes of one page come one after the other. Safe for use by any number of threads.
/// </summary>
internal sealed class RootPages
{
    // Others change a page when they take streams over, which is rare; so many times in a row something else is wrong.
    private const int Tries = 8;

    private readonly StoreAccess _store;
    private readonly ReplicaId _self;
    private readonly OffloadSabotage _sabotage;
    private readonly Action<OffloadStage>? _probe;
    private readonly Slot[] _slots;

    /// <summary>All pages, as they were read.</summary>
    public RootPages(StoreAccess store, ReplicaId self, IEnumerable<PageInStore> pages, OffloadSabotage sabotage, Action<OffloadStage>? probe)
    {
        (_store, _self, _sabotage, _probe) = (store, self, sabotage, probe);
        _slots = [.. pages.Select(static page => new Slot(page))];
    }

    /// <summary>What is published of a stream, or null. Never waits.</summary>
    public RootEntry? Find(StreamId stream) => _slots[RootPage.NumberOf(stream)].Known.Page.Find(stream);

    /// <summary>Everything that is published, by whichever node, as far as known.</summary>
    public IEnumerable<RootEntry> Entries => _slots.SelectMany(static slot => slot.Known.Page.Entries);

    /// <summary>
    /// Makes the changes of one page that are still wanted. A root that is removed stays away: a page without it is replaced all the same as long as a write of an earlier process may be under way
    /// that would bring it back. Throws <see cref="BlobStoreException"/> or <see cref="StoreFormatException"/>, after which nothing is known of the changes, and <see cref="StoreRefusedException"/> if this node was replaced.
    /// </summary>
    public async Task ChangeAsync(int number, IReadOnlyList<RootChange> changes, CancellationToken cancellationToken)
    {
        var slot = _slots[number];
        await slot.One.WaitAsync(cancellationToken);
        try
        {
            await ReplaceAsync(slot, changes, settles: changes.Any(static change => change.Root is null), cancellationToken);
        }
        finally
        {
            slot.One.Release();
        }
    }

    /// <summary>
    /// All pages, read anew, after every page whose last write this process does not know to have ended was replaced by itself: so that no write of this or an earlier process that is still
    /// under way can succeed any longer. What the result does not name is named by no root, then or later, except by an attempt that is held.
    /// </summary>
    public async Task<IReadOnlyList<RootPage>> SettleAsync(CancellationToken cancellationToken)
    {
        var pages = new List<RootPage>(_slots.Length);
        for (var number = 0; number < _slots.Length; number++)
        {
            var slot = _slots[number];
            await slot.One.WaitAsync(cancellationToken);
            try
            {
                await ReplaceAsync(slot, [], settles: true, cancellationToken);
                pages.Add((await _store.ReadPageAsync(number, cancellationToken)).Page);
            }
            finally
            {
                slot.One.Release();
            }
        }

        return pages;
    }

    /// <param name="slot">The page.</param>
    /// <param name="changes">What is wanted of it.</param>
    /// <param name="settles">It is replaced also if nothing is to be changed, unless no earlier write of it can be under way any longer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task ReplaceAsync(Slot slot, IReadOnlyList<RootChange> changes, bool settles, CancellationToken cancellationToken)
    {
        for (var left = Tries; Next() is { } page; left--)
        {
            var known = slot.Known;
            _probe?.Invoke(OffloadStage.Publish);
            slot.IsSettled = false;
            try
            {
                var written = await _store.ReplacePageAsync(page, known.Version, cancellationToken);
                (slot.Known, slot.IsSettled, slot.IsWhole) = (written, true, false);
                if (await _store.HoldsAsync(written, cancellationToken))
                {
                    slot.IsWhole = true;
                    return;
                }

                if (left == 0)
                    throw StoreAccess.StoredOtherwise(RootPage.NameOf(page.Number));
            }
            catch (BlobStoreException error) when ((error.Kind == BlobStoreErrorKind.ConditionFailed || error.OutcomeUnknown) && left > 0)
            {
                // Somebody else has changed it, or it was this very write, whose answer was lost. What the store holds now says which, and the rule says what may be done then. A write that
                // is still under way names the version that is replaced next, and fails.
                var found = await _store.ReadPageAsync(page.Number, cancellationToken);
                slot.Known = _sabotage.Has(OffloadSabotage.IgnoreRootConflict) ? known with { Version = found.Version } : found;
                (slot.IsSettled, slot.IsWhole) = (found.Version != known.Version, true);
            }
        }

        // What may be stored otherwise than it was sent is written again, whether or not there is something to change.
        RootPage? Next() => RootChange.Apply(slot.Known.Page, changes, _self, _store.Now)
            ?? (slot.IsWhole && (slot.IsSettled || !settles) ? null : slot.Known.Page.Change(_store.Now));
    }

    private sealed class Slot(PageInStore known)
    {
        private PageInStore _known = known;

        public SemaphoreSlim One { get; } = new(1);

        public PageInStore Known
        {
            get => Volatile.Read(ref _known);
            set => Volatile.Write(ref _known, value);
        }

        /// <summary>No write of this page can be under way that names the version which is in force. Under <see cref="One"/>.</summary>
        public bool IsSettled { get; set; }

        /// <summary>The store was seen to hold <see cref="Known"/>. Under <see cref="One"/>.</summary>
        public bool IsWhole { get; set; } = true;
    }
}

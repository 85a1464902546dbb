using System.Buffers;
using System.Collections.Concurrent;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Tests.Blobs;

/// <summary>Neighbouring ranges that are asked for at once are read one after the other; nothing else waits.</summary>
public sealed class BlobReadTurnsTests
{
    private static readonly BlobName Name = new("segments/00");

    private readonly BlobReadTurns _turns = new();

    [Fact]
    public async Task A_range_that_goes_on_from_one_under_way_is_read_after_it_and_one_elsewhere_at_once()
    {
        var disk = new HeldDisk(new SimulatedDisk());
        using var store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = disk });
        await store.PutIfAbsentAsync(Name, new ReadOnlySequence<byte>(new byte[300]));
        disk.HoldReadsOf(FileOffset(0));

        var first = store.ReadAsync(Name, 0, new byte[100]).AsTask();
        await disk.Held.WaitAsync(TimeSpan.FromSeconds(60));
        var second = store.ReadAsync(Name, 100, new byte[100]).AsTask();
        await store.ReadAsync(Name, 250, new byte[50]).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        disk.Read.ShouldBe([FileOffset(250)]);

        disk.Release();
        (await first).Count.ShouldBe(100);
        (await second).Count.ShouldBe(100);
        disk.Read.ShouldBe([FileOffset(250), FileOffset(0), FileOffset(100)]);
    }

    [Fact]
    public async Task A_long_range_lets_the_next_one_begin_when_its_first_half_is_read()
    {
        const int Length = FileBlobStore.LongRead;
        var disk = new HeldDisk(new SimulatedDisk());
        using var store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = disk });
        var content = new byte[2 * Length];
        new Random(1).NextBytes(content);
        await store.PutIfAbsentAsync(Name, new ReadOnlySequence<byte>(content));
        disk.HoldReadsOf(FileOffset(Length / 2));

        var (one, other) = (new byte[Length], new byte[Length]);
        var first = store.ReadAsync(Name, 0, one).AsTask();
        var second = store.ReadAsync(Name, Length, other).AsTask();
        await disk.Held.WaitAsync(TimeSpan.FromSeconds(60));
        (await second.WaitAsync(TimeSpan.FromSeconds(60))).Count.ShouldBe(Length);
        disk.Read.First().ShouldBe(FileOffset(0));

        disk.Release();
        (await first).Count.ShouldBe(Length);
        one.Concat(other).ShouldBe(content);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(60, true)]
    [InlineData(0, false)]
    [InlineData(101, false)]
    public async Task A_read_waits_for_one_at_whose_end_or_in_whose_range_it_begins(long offset, bool waits)
    {
        var first = _turns.Take(Name, 0, 100);
        using var second = _turns.Take(Name, offset, 100);
        var waiting = second.WaitAsync(CancellationToken.None);
        waiting.IsCompleted.ShouldBe(!waits);
        first.Dispose();
        await waiting.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Many_in_a_row_go_in_a_row()
    {
        var turns = Enumerable.Range(0, 8).Select(i => _turns.Take(Name, i * 100, 100)).ToList();
        var waits = turns.Select(turn => turn.WaitAsync(CancellationToken.None)).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            await waits[i].WaitAsync(TimeSpan.FromSeconds(60));
            waits.Skip(i + 1).ShouldAllBe(wait => !wait.IsCompleted);
            turns[i].Dispose();
        }
    }

    [Fact]
    public void Reads_of_other_blobs_and_later_reads_wait_for_nobody()
    {
        using (_turns.Take(Name, 0, 100))
        {
            using var other = _turns.Take(new BlobName("segments/01"), 100, 100);
            other.WaitAsync(CancellationToken.None).IsCompleted.ShouldBeTrue();
        }

        using var later = _turns.Take(Name, 100, 100);
        later.WaitAsync(CancellationToken.None).IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_lets_the_next_go()
    {
        using var first = _turns.Take(Name, 0, 100);
        using var stop = new CancellationTokenSource();
        using var third = await GiveUpAsync();
        await third.WaitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));

        async Task<BlobReadTurns.Turn> GiveUpAsync()
        {
            using var second = _turns.Take(Name, 100, 100);
            var waiting = second.WaitAsync(stop.Token);
            var next = _turns.Take(Name, 200, 100);
            await stop.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => waiting);
            return next;
        }
    }

    [Fact]
    public async Task A_read_that_fails_lets_the_next_go()
    {
        var disk = new HeldDisk(new SimulatedDisk());
        using var store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = disk });
        var missing = new[] { 0, 100, 200 }.Select(offset => store.ReadAsync(Name, offset, new byte[100]).AsTask()).ToList();
        foreach (var read in missing)
            (await Should.ThrowAsync<BlobStoreException>(() => read.WaitAsync(TimeSpan.FromSeconds(60)))).Kind.ShouldBe(BlobStoreErrorKind.NotFound);
    }

    private static long FileOffset(long content) => BlobFileHeader.Length + content;

    /// <summary>A disk that notes what is read of contents, in the order in which it is done, and holds reads at one place up.</summary>
    private sealed class HeldDisk(IDisk disk) : IDisk
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();
        private readonly ConcurrentQueue<long> _read = [];
        private long _offset = -1;

        public long FreeBytes => disk.FreeBytes;

        /// <summary>Ends when a read is held up.</summary>
        public Task Held => _held.Task;

        public IEnumerable<long> Read => _read;

        public void HoldReadsOf(long offset) => Volatile.Write(ref _offset, offset);

        public void Release() => _released.Set();

        public IDisposable Lock(string name) => disk.Lock(name);

        public void CreateDirectory(string name) => disk.CreateDirectory(name);

        public IReadOnlyList<string> List(string directory) => disk.List(directory);

        public IReadOnlyList<string> ListDirectories(string directory) => disk.ListDirectories(directory);

        public bool Exists(string name) => disk.Exists(name);

        public IDiskFile Create(string name) => disk.Create(name);

        public IDiskFile Open(string name, DiskAccess access) => new HeldFile(this, disk.Open(name, access));

        public void Rename(string from, string to) => disk.Rename(from, to);

        public void Delete(string name) => disk.Delete(name);

        public void FlushDirectory(string name) => disk.FlushDirectory(name);

        private sealed class HeldFile(HeldDisk owner, IDiskFile file) : IDiskFile
        {
            public long Length => file.Length;

            public bool WritesAreDurable => file.WritesAreDurable;

            public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

            public int Read(long offset, Span<byte> buffer)
            {
                if (offset == Volatile.Read(ref owner._offset))
                {
                    owner._held.TrySetResult();
                    owner._released.Wait(TimeSpan.FromSeconds(60)).ShouldBeTrue("the test lets it go");
                }

                var read = file.Read(offset, buffer);
                if (offset >= BlobFileHeader.Length)
                    owner._read.Enqueue(offset);

                return read;
            }

            public void Flush() => file.Flush();

            public void Dispose() => file.Dispose();
        }
    }
}

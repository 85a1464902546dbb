using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

public sealed class WalOnHostDiskTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "olog-test-" + Guid.NewGuid().ToString("n"));

    public void Dispose()
    {
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 4)]
    [InlineData(false, 4)]
    public void Entries_of_many_threads_are_durable_in_the_order_of_each_stream_and_come_back(bool writeDurable, int depth)
    {
        const int Streams = 8, Entries = 300;
        var options = WalFixture.Options();
        options.WriteDurable = writeDurable;
        options.IoDepth = depth;
        using (var wal = WalFixture.Open(HostDisk.Open(_directory), options))
        {
            var threads = Enumerable.Range(0, Streams).Select(stream => new Thread(() => AppendAll(wal, stream, Entries))).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            wal.ReadAll().Count.ShouldBe(Streams * Entries);
        }

        var replay = new Recorded();
        using (WalFixture.Open(HostDisk.Open(_directory), WalFixture.Options(), replay))
        {
            for (var stream = 0; stream < Streams; stream++)
                replay.Numbers(stream).ShouldBe(string.Join(' ', Enumerable.Range(1, Entries)));
        }

        foreach (var (_, entry, body) in replay.Entries)
            body.ShouldBe(WalFixture.Body((int)(ulong)entry.Stream.Value, entry.Entry, 700));
    }

    [Fact]
    public void Preparing_files_takes_the_memory_for_it_once()
    {
        var options = WalFixture.Options(threads: false);
        options.PreparedFiles = 4;
        using var wal = WalFixture.Open(HostDisk.Open(_directory), options);
        wal.PrepareStep().ShouldBeTrue();
        var before = GC.GetAllocatedBytesForCurrentThread();
        wal.PrepareStep().ShouldBeTrue();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(64 * 1024, "The piece of zeros alone has 1 MiB.");
    }

    [Fact]
    public void A_second_node_on_the_same_directory_is_refused()
    {
        using var wal = WalFixture.Open(HostDisk.Open(_directory));
        Should.Throw<DataDirectoryException>(() => WalFixture.Open(HostDisk.Open(_directory))).Problem.ShouldBe(DataDirectoryProblem.InUse);
    }

    [Fact]
    public void A_directory_that_holds_something_else_is_refused_and_left_alone()
    {
        Directory.CreateDirectory(_directory);
        File.WriteAllText(Path.Combine(_directory, "thesis.txt"), "mine");
        Should.Throw<DataDirectoryException>(() => WalFixture.Open(HostDisk.Open(_directory))).Problem.ShouldBe(DataDirectoryProblem.NotOurs);
        Directory.GetFiles(_directory).Select(Path.GetFileName).ShouldBe(["thesis.txt"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void Followers_read_everything_while_it_is_written_and_files_are_reclaimed_behind_them(long cacheBytes)
    {
        const int Streams = 4, Entries = 1500, Followers = 3;
        var options = WalFixture.Options();
        options.CacheBytes = cacheBytes;
        options.IoDepth = 4;

        // About half of what is written: it goes on only where files are used again.
        options.DiskBudgetBytes = 8 * 1024 * 1024;
        using var wal = WalFixture.Open(HostDisk.Open(_directory), options);
        var reached = new WalPosition[Followers];
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        var writers = Enumerable.Range(0, Streams).Select(stream => Start(() => AppendPatiently(wal, stream, Entries), failures)).ToList();
        var followers = Enumerable.Range(0, Followers).Select(follower => Start(() => Follow(wal, Streams * Entries, at => reached[follower] = at), failures)).ToList();
        var reclaimer = Start(
            () =>
            {
                while (followers.Exists(thread => thread.IsAlive))
                {
                    wal.Reclaim(reached.Min(), WalCheckpoint.None);
                    Thread.Yield();
                }
            },
            failures);
        writers.Concat(followers).Append(reclaimer).ToList().ForEach(thread => thread.Join());
        failures.ShouldBeEmpty();
        wal.End.File.ShouldBeGreaterThan(12);
        wal.SizeBytes.ShouldBeLessThanOrEqualTo(options.DiskBudgetBytes);
    }

    private static Thread Start(Action action, System.Collections.Concurrent.ConcurrentQueue<Exception> failures)
    {
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                failures.Enqueue(error);
            }
        });
        thread.Start();
        return thread;
    }

    private static void AppendPatiently(WriteAheadLog wal, int stream, int entries)
    {
        var subscriber = new Subscriber();
        for (var entry = 1; entry <= entries; entry++)
        {
            var body = WalFixture.Body(stream, entry, 1 + (entry * 37 % 5000));
            while (wal.TryAdmit(body.Length, WalClass.Append) != WalAdmission.Admitted)
                Thread.Yield();

            wal.Append(WalFixture.Entry(stream, entry), new Bytes(body), subscriber);
        }

        subscriber.WaitFor(entries);
    }

    private static void Follow(WriteAheadLog wal, int expected, Action<WalPosition> reached)
    {
        var last = new Dictionary<StreamId, long>();
        using var cursor = wal.OpenCursor(WalPosition.None);
        for (var read = 0; read < expected;)
        {
            if (!cursor.MoveNext())
            {
                wal.WhenDurableAsync(wal.End).Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue("what is appended becomes durable");
                continue;
            }

            var entry = cursor.Entry;
            entry.Entry.ShouldBe(last.GetValueOrDefault(entry.Stream) + 1);
            last[entry.Stream] = entry.Entry;
            var stream = (int)(ulong)entry.Stream.Value;
            cursor.Body.SequenceEqual(WalFixture.Body(stream, entry.Entry, 1 + (int)(entry.Entry * 37 % 5000))).ShouldBeTrue();
            cursor.PassedDamage.ShouldBeFalse();
            reached(cursor.Position);
            read++;
        }
    }

    private static void AppendAll(WriteAheadLog wal, int stream, int entries)
    {
        var subscriber = new Subscriber();
        for (var entry = 1; entry <= entries; entry++)
        {
            wal.Add(stream, entry, WalFixture.Body(stream, entry, 700), subscriber);
            if (entry % 10 == 0)
                subscriber.WaitFor(entry);
        }

        subscriber.WaitFor(entries);
    }
}

using System.Buffers;
using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;

namespace Orleans.Log.Engine.Tests.Blobs;

/// <summary>What is particular to a store of files: foreign files, damage, leftovers, and a disk that fails.</summary>
public sealed class FileBlobStoreTests
{
    private static readonly BlobName Name = new("roots/00");

    private ulong _numbers = 100;

    [Theory]
    [InlineData("wal/0000000000000001.wal")]
    [InlineData("control.a")]
    [InlineData("notes.txt")]
    public void A_directory_with_something_else_in_it_is_refused_and_left_as_it_is(string file)
    {
        var disk = DiskWith(file);
        Should.Throw<BlobStoreException>(() => Open(disk)).Kind.ShouldBe(BlobStoreErrorKind.Refused);
        disk.Files().Select(found => found.Name).ShouldBe([file]);
    }

    [Theory]
    [InlineData("lost+found/#123")]
    [InlineData(".snapshot/x")]
    [InlineData(".keep")]
    public async Task What_file_systems_put_into_their_roots_is_no_hindrance(string file)
    {
        using var store = Open(DiskWith(file));
        await PutAsync(store, Name, "x");
        (await store.ListAsync("")).Blobs.ShouldHaveSingleItem().Name.ShouldBe(Name);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(40)]
    public void A_mark_with_a_wrong_byte_is_refused(int offset)
    {
        var disk = new SimulatedDisk();
        Open(disk).Dispose();
        disk.Overwrite("_store", offset, [0xFF]);
        Should.Throw<BlobStoreException>(() => Open(disk)).Kind.ShouldBeOneOf(BlobStoreErrorKind.Damaged, BlobStoreErrorKind.Refused);
    }

    [Fact]
    public async Task A_file_that_is_no_blob_of_ours_is_told_apart_and_never_overwritten()
    {
        var disk = new SimulatedDisk();
        using var store = Open(disk);
        await PutAsync(store, Name, "x");
        WriteFile(disk, "roots/01_blob", "somebody's notes, which begin like no blob of ours and are long enough for one");

        await ShouldBeDamagedAsync(store, new BlobName("roots/01"));
        (await ThrownByAsync(() => PutAsync(store, new BlobName("roots/01"), "y"))).Kind.ShouldBe(BlobStoreErrorKind.Exists);
        Encoding.UTF8.GetString(disk.Content("roots/01_blob")).ShouldStartWith("somebody's notes");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(64)]
    [InlineData(68)]
    public async Task A_file_cut_short_is_damaged_and_so_is_one_that_is_too_long(int length)
    {
        var disk = new SimulatedDisk();
        using var store = Open(disk);
        var version = await PutAsync(store, Name, "hello");
        var bytes = disk.Content("roots/00_blob");

        foreach (var wrong in new[] { bytes[..length], [.. bytes, 0] })
        {
            using (var file = disk.Create("roots/00_blob"))
                file.Write(0, wrong);

            await ShouldBeDamagedAsync(store, Name);
            (await ThrownByAsync(() => store.ReplaceIfMatchAsync(Name, Bytes("x"), version))).Kind.ShouldBe(BlobStoreErrorKind.Damaged);
            (await store.ListAsync("roots/")).Blobs.ShouldHaveSingleItem().Name.ShouldBe(Name);
        }
    }

    [Fact]
    public async Task Leftovers_of_a_dead_writer_are_swept_and_files_of_a_living_one_are_not()
    {
        var disk = new SimulatedDisk();
        var leftover = BlobFileNames.TemporaryOf("roots", _numbers + 1, 7);
        var writer = Open(disk);
        await PutAsync(writer, Name, "x");
        WriteFile(disk, leftover, "half a blob");

        using (Open(disk))
            disk.Exists(leftover).ShouldBeTrue("its writer lives");

        var afterDeath = disk.AfterProcessDeath();
        using var next = Open(afterDeath);
        afterDeath.Exists(leftover).ShouldBeFalse();
        afterDeath.List("_writers").ShouldHaveSingleItem("only the one that is open");
        (await next.ListAsync("")).Blobs.ShouldHaveSingleItem().Name.ShouldBe(Name);
    }

    [Theory]
    [InlineData(DiskCall.Create)]
    [InlineData(DiskCall.Write)]
    [InlineData(DiskCall.Flush)]
    [InlineData(DiskCall.Rename)]
    public async Task A_write_that_fails_had_no_effect_leaves_nothing_and_the_next_one_works(DiskCall call)
    {
        var disk = new SimulatedDisk();
        using var store = Open(disk);
        var version = await PutAsync(store, Name, "before");
        var files = disk.Files().Count;
        foreach (var fault in new[] { DiskFault.Error, DiskFault.Full })
        {
            disk.Faults.Plan(call, 1, fault, "roots/_");
            var error = await ThrownByAsync(() => store.ReplaceIfMatchAsync(Name, Bytes("after"), version));
            error.Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
            error.OutcomeUnknown.ShouldBeFalse();
            error.Retryable.ShouldBeTrue();
            disk.Files().Count.ShouldBe(files);
            (await store.HeadAsync(Name))!.Value.Version.ShouldBe(version);
        }

        await store.ReplaceIfMatchAsync(Name, Bytes("after"), version);
    }

    [Fact]
    public async Task After_a_directory_could_not_be_flushed_the_store_says_nothing_more()
    {
        var disk = new SimulatedDisk();
        using var store = Open(disk);
        var version = await PutAsync(store, Name, "before");
        disk.Faults.Plan(DiskCall.FlushDirectory, 1, DiskFault.Error, "roots");

        var error = await ThrownByAsync(() => store.ReplaceIfMatchAsync(Name, Bytes("after"), version));
        error.Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
        error.OutcomeUnknown.ShouldBeTrue();

        // The name shows the new content, which a crash may still take back: nobody may be told.
        (await ThrownByAsync(() => store.HeadAsync(Name))).Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
        (await ThrownByAsync(() => store.ReadAsync(Name, 0, new byte[1]))).Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
        (await ThrownByAsync(() => store.ListAsync(""))).Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
        (await ThrownByAsync(() => PutAsync(store, new BlobName("b"), "x"))).Kind.ShouldBe(BlobStoreErrorKind.Unavailable);

        using var opened = Open(disk.AfterProcessDeath());
        (await opened.HeadAsync(Name))!.Value.Length.ShouldBe(5);
    }

    [Fact]
    public async Task A_lock_that_another_process_holds_is_waited_for_and_then_given_up()
    {
        var disk = new SimulatedDisk();
        var time = new Testing.ManualTimeProvider();
        using var store = await FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = disk, Time = time, OnCallersThread = true });
        var held = disk.Lock(BlobFileNames.LockOf(BlobFileNames.ShardOf(Name)));
        var waiting = PutAsync(store, Name, "x").AsTask();
        await time.TimerArmedAsync(TimeSpan.FromMilliseconds(1));
        held.Dispose();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await waiting;

        using var again = disk.Lock(BlobFileNames.LockOf(BlobFileNames.ShardOf(Name)));
        var refused = store.DeleteAsync(Name).AsTask();
        await time.TimerArmedAsync(TimeSpan.FromMilliseconds(1));
        while (!refused.IsCompleted)
            time.Advance(TimeSpan.FromSeconds(1));

        var error = await ThrownByAsync(() => new ValueTask<bool>(refused));
        error.Kind.ShouldBe(BlobStoreErrorKind.Unavailable);
        error.OutcomeUnknown.ShouldBeFalse();
    }

    private FileBlobStore Open(SimulatedDisk disk) =>
        FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = disk, NewNumber = () => ++_numbers, OnCallersThread = true }).GetAwaiter().GetResult();

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static ValueTask<BlobVersion> PutAsync(FileBlobStore store, BlobName name, string text) => store.PutIfAbsentAsync(name, Bytes(text));

    private static SimulatedDisk DiskWith(string file)
    {
        var disk = new SimulatedDisk();
        if (DirectoryTree.ParentOf(file) is { Length: > 0 } parent)
            disk.CreateDirectory(parent);

        WriteFile(disk, file, "x");
        return disk;
    }

    private static void WriteFile(SimulatedDisk disk, string name, string text)
    {
        using var file = disk.Create(name);
        file.Write(0, Encoding.UTF8.GetBytes(text));
    }

    private static async Task ShouldBeDamagedAsync(FileBlobStore store, BlobName name)
    {
        (await ThrownByAsync(() => store.HeadAsync(name))).Kind.ShouldBe(BlobStoreErrorKind.Damaged);
        (await ThrownByAsync(() => store.ReadAsync(name, 0, new byte[1]))).Kind.ShouldBe(BlobStoreErrorKind.Damaged);
    }

    private static Task<BlobStoreException> ThrownByAsync<T>(Func<ValueTask<T>> call) => Should.ThrowAsync<BlobStoreException>(async () => await call());
}

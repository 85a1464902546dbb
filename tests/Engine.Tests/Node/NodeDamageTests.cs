using System.Text;

namespace Orleans.Log.Engine.Tests.Node;

public sealed class NodeDamageTests : IAsyncDisposable
{
    private const string File = "wal/0000000000000001.wal";

    private readonly NodeBench _bench = new();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_damaged_record_is_refused_and_everything_else_works()
    {
        await _bench.StartAsync();
        var hurt = await _bench.CreateAsync("hurt");
        var well = await _bench.CreateAsync("well");
        await hurt.Append("before");
        await hurt.Append("the damaged one");
        await hurt.Append("behind");
        await well.Append("well");
        await _bench.Node.DisposeAsync();
        Damage("the damaged one");

        await _bench.StartAsync();

        hurt = await _bench.OpenAsync("hurt");
        (await hurt.ReadAsync(ReadRequest.FromLsn(1), CancellationToken.None).Refused()).ShouldBe(LogErrorCode.Corrupt);
        (await hurt.Texts(2)).ShouldBe(["behind"]);
        (await hurt.Append("x").Refused()).ShouldBe(LogErrorCode.Corrupt);
        well = await _bench.OpenAsync("well");
        (await well.Append("still")).Start.ShouldBe(1);
        _bench.Node.Health.DamagedStreams.ShouldBe(1);
        _bench.Node.Recovery.ShouldSatisfyAllConditions(
            recovery => recovery.FaultyStreams.ShouldBe(1),
            recovery => recovery.SuspectStreams.ShouldBe(0),
            recovery => recovery.CatalogDamage.ShouldBeNull());
    }

    [Fact]
    public async Task Damage_is_remembered_by_checkpoints()
    {
        await _bench.StartAsync();
        var hurt = await _bench.CreateAsync("hurt");
        await hurt.Append("the damaged one");
        await hurt.Append("behind");
        await _bench.Node.DisposeAsync();
        Damage("the damaged one");
        await _bench.StartAsync();
        await (await _bench.CreateAsync("other")).Append("so that there is something to checkpoint");

        await _bench.RestartAsync();
        await _bench.RestartAsync();

        (await (await _bench.OpenAsync("hurt")).Append("x").Refused()).ShouldBe(LogErrorCode.Corrupt);
    }

    [Fact]
    public async Task Deleting_the_damaged_stream_ends_the_damage()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("hurt")).Append("the damaged one");
        await _bench.Node.DisposeAsync();
        Damage("the damaged one");
        await _bench.StartAsync();

        await _bench.Node.DeleteAsync(StreamName.Parse("hurt"), CancellationToken.None);

        _bench.Node.Health.DamagedStreams.ShouldBe(0);
        (await (await _bench.CreateAsync("hurt")).Append("anew")).Start.ShouldBe(0);
    }

    [Fact]
    public async Task Streams_captured_behind_the_damage_are_not_suspect()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("old")).Append("a block that goes wholly");
        await _bench.Node.CheckpointAsync();
        await (await _bench.CreateAsync("new")).Append("x");
        await _bench.Node.DisposeAsync();

        // The header of the block, whatever it held: nothing says any more which streams it was about.
        DestroyBlockOf("a block that goes wholly");
        await _bench.StartAsync();

        var old = await _bench.OpenAsync("old");
        (await old.CheckTailAsync(CancellationToken.None)).Tail.ShouldBe(1, "the checkpoint knows where it stood");
        (await old.ReadAsync(ReadRequest.FromLsn(0), CancellationToken.None).Refused()).ShouldBe(LogErrorCode.Corrupt);
        (await (await _bench.OpenAsync("new")).Append("y")).Start.ShouldBe(1);
        _bench.Node.Recovery.ShouldSatisfyAllConditions(
            recovery => recovery.SuspectStreams.ShouldBe(0),
            recovery => recovery.FaultyStreams.ShouldBe(1),
            recovery => recovery.CatalogDamage.ShouldBeNull());
    }

    [Fact]
    public async Task A_stream_that_is_silent_since_before_the_damage_is_suspect()
    {
        await _bench.StartAsync();
        var silent = await _bench.CreateAsync("silent");
        await silent.Append("x");
        var other = await _bench.CreateAsync("other");
        await other.Append("a block that goes wholly");
        await other.Append("behind");
        await _bench.CreateAsync("created-behind");
        _bench.Disk = _bench.Disk.AfterProcessDeath();
        DestroyBlockOf("a block that goes wholly");

        await _bench.StartAsync();

        silent = await _bench.OpenAsync("silent");
        (await silent.Texts()).ShouldBe(["x"]);
        (await silent.Append("y").Refused()).ShouldBe(LogErrorCode.Corrupt);
        _bench.Node.Recovery.SuspectStreams.ShouldBe(1);
        _bench.Node.Recovery.CatalogDamage.ShouldBeNull("its dense entries go on behind the damage");
        (await (await _bench.OpenAsync("created-behind")).Append("z")).Start.ShouldBe(0);
    }

    [Fact]
    public async Task A_stream_whose_creation_was_lost_ends_changes_of_the_catalog_and_keeps_its_files()
    {
        await _bench.StartAsync();
        await (await _bench.CreateAsync("known")).Append("x");
        await (await _bench.CreateAsync("lost-creation")).Append("its record");

        // Killed and not stopped, so that there is no checkpoint and the log alone must tell.
        _bench.Disk = _bench.Disk.AfterProcessDeath();
        Damage("lost-creation");
        await _bench.StartAsync();

        _bench.Node.Recovery.UnknownStreams.ShouldBe(1);
        _bench.Node.Health.CatalogDamage.ShouldNotBeNull();
        (await (await _bench.OpenAsync("known")).Append("y")).Start.ShouldBe(1);
        (await _bench.OpenAsync("lost-creation").Refused()).ShouldBe(LogErrorCode.StreamNotFound);
        (await _bench.Node.EnsureAsync(StreamName.Parse("new"), new StreamConfigPatch(), default, default).Refused()).ShouldBe(LogErrorCode.Corrupt);
    }

    [Fact]
    public async Task Damage_that_the_checkpoint_of_a_clean_stop_covers_stops_nobody()
    {
        await _bench.StartAsync();
        var stream = await _bench.CreateAsync("a");
        await stream.Append("a block that goes wholly");
        await stream.TrimAsync(1, CancellationToken.None);
        await _bench.Node.DisposeAsync();
        DestroyBlockOf("a block that goes wholly", toTheEnd: true);

        await _bench.StartAsync();

        _bench.Node.Recovery.ShouldSatisfyAllConditions(
            recovery => recovery.Wal.Damage.Count.ShouldBe(1),
            recovery => (recovery.SuspectStreams, recovery.FaultyStreams, recovery.CatalogDamage).ShouldBe((0, 0, null)));
        (await (await _bench.OpenAsync("a")).Append("on")).Start.ShouldBe(1);
        await _bench.CreateAsync("b");

        // And it stays so, also after a kill, because another checkpoint was made at once.
        await _bench.Node.CheckpointAsync();
        await _bench.CrashAsync();
        (await (await _bench.OpenAsync("a")).Append("and on")).Start.ShouldBe(2);
    }

    private void Damage(string text) => _bench.Disk.FlipBit(File, Find(text), 0);

    private void DestroyBlockOf(string text, bool toTheEnd = false)
    {
        var block = Find(text) / 4096 * 4096;
        _bench.Disk.Overwrite(File, block, new byte[toTheEnd ? (1024 * 1024) - block : 4096]);
    }

    private int Find(string text)
    {
        var place = _bench.Disk.Content(File).AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
        return place > 0 ? place : throw new InvalidOperationException($"'{text}' is not in the file.");
    }
}

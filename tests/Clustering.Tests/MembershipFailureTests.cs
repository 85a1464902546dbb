using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Metadata;
using Orleans.Log.Testing.Blobs;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Tests;

/// <summary>What the table says and does when its store fails it.</summary>
public sealed class MembershipFailureTests : IAsyncLifetime
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly FaultyBlobStore _faulty;
    private readonly MembershipWorld _world;
    private readonly MembershipWorld _otherWorld;
    private IMembershipTable _table = null!;
    private IMembershipTable _other = null!;

    public MembershipFailureTests()
    {
        _faulty = new FaultyBlobStore(_blobs, TimeProvider.System);
        _world = MembershipWorld.In(() => Task.FromResult<IBlobStore>(_faulty));
        _otherWorld = MembershipWorld.In(() => Task.FromResult<IBlobStore>(_blobs));
    }

    public async Task InitializeAsync()
    {
        _table = await _world.OpenTableAsync();
        _other = await _otherWorld.OpenTableAsync();
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        await _otherWorld.DisposeAsync();
    }

    [Fact]
    public async Task A_silo_does_not_start_on_a_store_that_cannot_be_read()
    {
        _faulty.GoDown(Timeout.InfiniteTimeSpan);
        (await Should.ThrowAsync<MetadataStoreException>(() => _world.OpenTableAsync())).Kind.ShouldBe(MetadataErrorKind.Unavailable);
    }

    [Fact]
    public async Task An_insertion_and_an_update_that_happened_are_told_as_such_though_the_answers_were_lost()
    {
        var silo = _world.NewSilo();
        _faulty.Faults.Plan(BlobCall.Put, BlobFault.UnavailableAfterwards);
        (await _table.InsertRowAsync(silo, (await _table.ReadAllAsync()).Version.Next())).ShouldBeTrue();

        var seen = await _table.ReadAllAsync();
        _faulty.Faults.Plan(BlobCall.Replace, BlobFault.UnavailableAfterwards);
        (await _table.UpdateRowAsync(silo, seen.Members[0].Item2, seen.Version.Next())).ShouldBeTrue();
        (await _other.ReadAllAsync()).Version.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Another_who_was_first_is_a_refusal_and_an_outage_is_an_error()
    {
        var version = (await _table.ReadAllAsync()).Version.Next();
        _faulty.BeforeCall = async (call, _) =>
        {
            if (call == BlobCall.Put)
                await _other.InsertRowAsync(_otherWorld.NewSilo(), version);
        };
        (await _table.InsertRowAsync(_world.NewSilo(), version)).ShouldBeFalse();

        _faulty.BeforeCall = null;
        version = (await _table.ReadAllAsync()).Version.Next();
        _faulty.Faults.Plan(BlobCall.Replace, BlobFault.Throttled);
        (await Should.ThrowAsync<MetadataStoreException>(() => _table.InsertRowAsync(_world.NewSilo(at: MembershipWorld.Noon), version))).Kind.ShouldBe(MetadataErrorKind.Unavailable);
    }

    [Fact]
    public async Task A_sign_of_life_that_is_damaged_hides_nobody_and_ends_with_the_next_one()
    {
        var silo = _world.NewSilo(SiloStatus.Active);
        await _table.InsertRowAsync(silo, (await _table.ReadAllAsync()).Version.Next());
        _faulty.Faults.Plan(BlobCall.Put, BlobFault.FlippedUpload);
        await _table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(1) });
        (await _other.ReadAllAsync()).Members[0].Item1.IAmAliveTime.ShouldBe(MembershipWorld.Noon);

        await _table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(2) });
        (await _other.ReadAllAsync()).Members[0].Item1.IAmAliveTime.ShouldBe(MembershipWorld.Noon.AddMinutes(2));
    }

    [Fact]
    public async Task A_table_that_is_damaged_is_never_taken_for_an_empty_one()
    {
        _faulty.Faults.Plan(BlobCall.Put, BlobFault.FlippedUpload);
        await _table.InsertRowAsync(_world.NewSilo(), (await _table.ReadAllAsync()).Version.Next());

        (await Should.ThrowAsync<MetadataStoreException>(() => _other.ReadAllAsync())).Kind.ShouldBe(MetadataErrorKind.Damaged);
        (await Should.ThrowAsync<MetadataStoreException>(() => _other.InsertRowAsync(_world.NewSilo(), new TableVersion(1, "none")))).Kind.ShouldBe(MetadataErrorKind.Damaged);
    }

    [Fact]
    public async Task A_table_of_a_later_format_is_refused()
    {
        var metadata = new BlobMetadataStore(_blobs, new BlobMetadataStoreOptions { Cluster = MembershipWorld.Cluster });
        await metadata.CreateAsync(new MetadataKey("members/table"), "{\"format\":2,\"version\":1,\"revision\":1,\"rows\":[]}"u8.ToArray());
        (await Should.ThrowAsync<MetadataStoreException>(() => _table.ReadAllAsync())).Message.ShouldContain("format 2");
    }

    [Fact]
    public async Task A_table_that_is_full_takes_no_more_and_says_what_to_do()
    {
        for (var silos = 0; silos < 4; silos++)
            (await _table.InsertRowAsync(Large(), (await _table.ReadAllAsync()).Version.Next())).ShouldBeTrue();

        var version = (await _table.ReadAllAsync()).Version;
        var error = await Should.ThrowAsync<MetadataStoreException>(() => _table.InsertRowAsync(Large(), version.Next()));
        error.Kind.ShouldBe(MetadataErrorKind.Refused);
        error.Message.ShouldContain("cleaned up");
        (await _other.ReadAllAsync()).Version.ShouldBe(version);

        MembershipEntry Large()
        {
            var silo = _world.NewSilo();
            silo.HostName = new string('h', 60_000);
            return silo;
        }
    }

    [Fact]
    public async Task Signs_of_life_go_with_the_silos_that_gave_them()
    {
        var (dead, alive) = (_world.NewSilo(SiloStatus.Dead, MembershipWorld.Noon.AddDays(-10)), _world.NewSilo(SiloStatus.Active));
        foreach (var silo in new[] { dead, alive })
        {
            await _table.InsertRowAsync(silo, (await _table.ReadAllAsync()).Version.Next());
            await _table.UpdateIAmAliveAsync(silo);
        }

        (await BeatsAsync()).ShouldBe(2);
        await _table.CleanupDefunctSiloEntriesAsync(MembershipWorld.Noon.AddDays(-7));
        (await BeatsAsync()).ShouldBe(1);
        await _table.DeleteMembershipTableEntriesAsync(MembershipWorld.Cluster);
        (await _blobs.ListAsync("")).Blobs.ShouldBeEmpty();
    }

    private async Task<int> BeatsAsync()
    {
        var metadata = new BlobMetadataStore(_blobs, new BlobMetadataStoreOptions { Cluster = MembershipWorld.Cluster });
        var count = 0;
        await foreach (var _ in metadata.ListAsync("alive/"))
            count++;

        return count;
    }
}

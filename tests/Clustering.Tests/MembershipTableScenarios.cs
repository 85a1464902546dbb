using Orleans.Runtime;

namespace Orleans.Log.Clustering.Tests;

/// <summary>What Orleans asks of every membership table, wherever it is kept.</summary>
public abstract class MembershipTableScenarios : IAsyncLifetime
{
    private MembershipWorld _world = null!;
    private IMembershipTable _table = null!;
    private IMembershipTable _other = null!;

    public async Task InitializeAsync()
    {
        _world = Begin();
        _table = await _world.OpenTableAsync();
        _other = await _world.OpenTableAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private protected abstract MembershipWorld Begin();

    [Fact]
    public async Task A_new_table_is_empty_and_has_version_0()
    {
        var table = await _table.ReadAllAsync();

        table.Members.ShouldBeEmpty();
        table.Version.Version.ShouldBe(0);
        table.Version.VersionEtag.ShouldNotBeNullOrEmpty();
        (await _other.ReadRowAsync(_world.NewSilo().SiloAddress)).Members.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_silo_that_was_inserted_is_seen_by_everybody_as_it_was_written()
    {
        var silo = _world.NewSilo();
        silo.AddSuspector(_world.NewSilo().SiloAddress, MembershipWorld.Noon.AddSeconds(1));
        silo.AddSuspector(_world.NewSilo().SiloAddress, MembershipWorld.Noon.AddSeconds(2.5));
        var before = (await _table.ReadAllAsync()).Version;
        (await _table.InsertRowAsync(silo, before.Next())).ShouldBeTrue();

        foreach (var seen in new[] { await _other.ReadAllAsync(), await _other.ReadRowAsync(silo.SiloAddress) })
        {
            seen.Version.Version.ShouldBe(1);
            seen.Version.VersionEtag.ShouldNotBe(before.VersionEtag);
            seen.Members.ShouldHaveSingleItem().Item1.ToFullString().ShouldBe(silo.ToFullString());
            seen.Members[0].Item2.ShouldNotBeNullOrEmpty();
            seen.Members[0].Item1.StartTime.Kind.ShouldBe(DateTimeKind.Utc);
        }
    }

    [Fact]
    public async Task A_silo_is_inserted_once_and_only_under_the_present_version()
    {
        var silo = _world.NewSilo();
        var first = (await _table.ReadAllAsync()).Version.Next();
        (await _table.InsertRowAsync(silo, first)).ShouldBeTrue();
        var etag = (await _table.ReadAllAsync()).Version.VersionEtag;

        (await _other.InsertRowAsync(silo, first)).ShouldBeFalse("the same silo under an old version");
        (await _other.InsertRowAsync(_world.NewSilo(), first)).ShouldBeFalse("another silo under an old version");
        (await _other.InsertRowAsync(silo, (await _other.ReadAllAsync()).Version.Next())).ShouldBeFalse("the same silo under the present version");

        var table = await _table.ReadAllAsync();
        table.Members.Count.ShouldBe(1);
        table.Version.ShouldBe(new TableVersion(1, etag));
    }

    [Fact]
    public async Task A_row_is_updated_only_under_both_its_own_etag_and_the_present_version()
    {
        var silo = await InsertAsync(_world.NewSilo());
        await InsertAsync(_world.NewSilo());
        var table = await _table.ReadAllAsync();
        var (row, etag) = table.TryGet(silo.SiloAddress)!;
        row.Status = SiloStatus.Active;

        (await _other.UpdateRowAsync(row, etag, new TableVersion(3, "other"))).ShouldBeFalse("another version");
        (await _other.UpdateRowAsync(row, "other", table.Version.Next())).ShouldBeFalse("another row etag");
        (await _other.UpdateRowAsync(_world.NewSilo(), etag, table.Version.Next())).ShouldBeFalse("no such row");
        (await _table.ReadRowAsync(silo.SiloAddress)).Members[0].Item2.ShouldBe(etag);

        (await _other.UpdateRowAsync(row, etag, table.Version.Next())).ShouldBeTrue();
        (await _table.UpdateRowAsync(row, etag, table.Version.Next())).ShouldBeFalse("the same once more");

        var updated = await _table.ReadAllAsync();
        updated.Version.Version.ShouldBe(3);
        updated.Members.Count.ShouldBe(2);
        updated.TryGet(silo.SiloAddress)!.Item1.ToFullString().ShouldBe(row.ToFullString());
        updated.TryGet(silo.SiloAddress)!.Item2.ShouldNotBe(etag);
        (await _table.UpdateRowAsync(row, etag, updated.Version.Next())).ShouldBeFalse("an old row etag under the present version");
    }

    [Fact]
    public async Task The_etag_of_a_row_stays_when_others_change()
    {
        var silo = await InsertAsync(_world.NewSilo());
        var etag = (await _table.ReadRowAsync(silo.SiloAddress)).Members[0].Item2;
        await InsertAsync(_world.NewSilo());

        (await _other.ReadAllAsync()).TryGet(silo.SiloAddress)!.Item2.ShouldBe(etag);
    }

    [Fact]
    public async Task Of_several_who_insert_under_one_version_exactly_one_does()
    {
        var version = (await _table.ReadAllAsync()).Version.Next();
        var silo = _world.NewSilo();
        var same = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? _table : _other).InsertRowAsync(silo, version))));
        same.Count(static inserted => inserted).ShouldBe(1);

        version = (await _table.ReadAllAsync()).Version.Next();
        var different = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? _table : _other).InsertRowAsync(_world.NewSilo(), version))));
        different.Count(static inserted => inserted).ShouldBe(1);
        (await _other.ReadAllAsync()).Version.Version.ShouldBe(2);
        (await _other.ReadAllAsync()).Members.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Everybody_who_updates_gets_through_in_the_end_and_each_counts_once()
    {
        const int Updates = 12;
        var silo = await InsertAsync(_world.NewSilo());
        await Task.WhenAll(Enumerable.Range(0, Updates).Select(i => Task.Run(async () =>
        {
            var table = i % 2 == 0 ? _table : _other;
            bool done;
            do
            {
                var seen = await table.ReadAllAsync();
                var (row, etag) = seen.TryGet(silo.SiloAddress)!;
                row.UpdateZone++;
                done = await table.UpdateRowAsync(row, etag, seen.Version.Next());
            }
            while (!done);
        })));

        var end = await _table.ReadAllAsync();
        end.Version.Version.ShouldBe(1 + Updates);
        end.Members.ShouldHaveSingleItem().Item1.UpdateZone.ShouldBe(1 + Updates);
    }

    [Fact]
    public async Task Rows_and_version_are_always_of_one_moment()
    {
        var inserting = Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
                await InsertAsync(_world.NewSilo());
        });
        do
        {
            // Every insertion adds one to both.
            var seen = await _other.ReadAllAsync();
            seen.Members.Count.ShouldBe(seen.Version.Version);
        }
        while (!inserting.IsCompleted);

        await inserting;
    }

    [Fact]
    public async Task A_sign_of_life_changes_the_time_and_nothing_else()
    {
        var silo = await InsertAsync(_world.NewSilo(SiloStatus.Active));
        var before = await _table.ReadAllAsync();
        await _other.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(1) });
        await _other.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(2) });

        var after = await _table.ReadAllAsync();
        after.Version.ShouldBe(before.Version);
        silo.IAmAliveTime = MembershipWorld.Noon.AddMinutes(2);
        after.Members[0].Item1.ToFullString().ShouldBe(silo.ToFullString());
        (await _table.ReadRowAsync(silo.SiloAddress)).Members[0].Item1.IAmAliveTime.ShouldBe(silo.IAmAliveTime);
        (await _table.UpdateRowAsync(silo, before.Members[0].Item2, before.Version.Next())).ShouldBeTrue("a sign of life is in nobody's way");
    }

    [Fact]
    public async Task A_silo_that_is_declared_dead_keeps_the_time_of_its_last_sign_of_life()
    {
        var silo = await InsertAsync(_world.NewSilo(SiloStatus.Active));
        await _table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(2) });
        var seen = await _other.ReadAllAsync();
        var (row, etag) = seen.TryGet(silo.SiloAddress)!;
        row.Status = SiloStatus.Dead;
        (await _other.UpdateRowAsync(row, etag, seen.Version.Next())).ShouldBeTrue();

        (await _table.ReadRowAsync(silo.SiloAddress)).Members[0].Item1.IAmAliveTime.ShouldBe(MembershipWorld.Noon.AddMinutes(2));
    }

    [Fact]
    public async Task Cleaning_up_removes_what_is_not_active_and_old_and_nothing_else()
    {
        var old = MembershipWorld.Noon.AddDays(-10);
        foreach (var status in Enum.GetValues<SiloStatus>())
            await InsertAsync(_world.NewSilo(status, old));

        var recent = await InsertAsync(_world.NewSilo(SiloStatus.Dead));
        var alive = await InsertAsync(_world.NewSilo(SiloStatus.Joining, old));
        await _table.UpdateIAmAliveAsync(new MembershipEntry { SiloAddress = alive.SiloAddress, IAmAliveTime = MembershipWorld.Noon });
        var accused = _world.NewSilo(SiloStatus.Dead, old);
        accused.AddSuspector(recent.SiloAddress, MembershipWorld.Noon);
        await InsertAsync(accused);
        var before = await _other.ReadAllAsync();

        await _table.CleanupDefunctSiloEntriesAsync(MembershipWorld.Noon.AddDays(-7));

        var after = await _other.ReadAllAsync();
        after.Members.Select(member => member.Item1.SiloAddress).ShouldBe(
            before.Members.Where(member => member.Item1.Status == SiloStatus.Active).Select(member => member.Item1.SiloAddress)
                .Append(recent.SiloAddress).Append(alive.SiloAddress).Append(accused.SiloAddress), ignoreOrder: true);
        after.Version.Version.ShouldBe(before.Version.Version);
        (await _table.ReadRowAsync(alive.SiloAddress)).Members[0].Item1.IAmAliveTime.ShouldBe(MembershipWorld.Noon);
    }

    [Fact]
    public async Task A_table_can_be_deleted_and_begun_again()
    {
        var silo = await InsertAsync(_world.NewSilo());
        await _table.UpdateIAmAliveAsync(silo);
        var before = (await _table.ReadAllAsync()).Version;
        await Should.ThrowAsync<ArgumentException>(() => _table.DeleteMembershipTableEntriesAsync("another"));
        await _other.DeleteMembershipTableEntriesAsync(MembershipWorld.Cluster);
        await _other.DeleteMembershipTableEntriesAsync(MembershipWorld.Cluster);

        var empty = await _table.ReadAllAsync();
        empty.Members.ShouldBeEmpty();
        empty.Version.Version.ShouldBe(0);
        (await _table.InsertRowAsync(silo, before.Next())).ShouldBeFalse("under a version of the table before");
        (await _table.InsertRowAsync(silo, empty.Version.Next())).ShouldBeTrue();
    }

    [Fact]
    public async Task Clusters_with_different_names_have_different_tables()
    {
        await InsertAsync(_world.NewSilo());
        var another = await _world.OpenTableAsync("test-cluster_1");
        (await another.ReadAllAsync()).Members.ShouldBeEmpty();
    }

    [Fact]
    public async Task Clients_are_told_the_active_silos_that_have_a_gateway()
    {
        var gateways = await _world.OpenGatewaysAsync();
        (await gateways.GetGateways()).ShouldBeEmpty();

        foreach (var status in Enum.GetValues<SiloStatus>().Where(status => status != SiloStatus.Active))
            await InsertAsync(_world.NewSilo(status));

        var closed = _world.NewSilo(SiloStatus.Active);
        closed.ProxyPort = 0;
        await InsertAsync(closed);
        var open = await InsertAsync(_world.NewSilo(SiloStatus.Active));

        (await gateways.GetGateways()).ShouldBe([new Uri($"gwy.tcp://127.0.0.1:{open.ProxyPort}/{open.SiloAddress.Generation}")]);
    }

    private async Task<MembershipEntry> InsertAsync(MembershipEntry silo)
    {
        (await _table.InsertRowAsync(silo, (await _table.ReadAllAsync()).Version.Next())).ShouldBeTrue();
        return silo;
    }
}

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
        var table = await _table.ReadAll();

        table.Members.ShouldBeEmpty();
        table.Version.Version.ShouldBe(0);
        table.Version.VersionEtag.ShouldNotBeNullOrEmpty();
        (await _other.ReadRow(_world.NewSilo().SiloAddress)).Members.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_silo_that_was_inserted_is_seen_by_everybody_as_it_was_written()
    {
        var silo = _world.NewSilo();
        silo.AddSuspector(_world.NewSilo().SiloAddress, MembershipWorld.Noon.AddSeconds(1));
        silo.AddSuspector(_world.NewSilo().SiloAddress, MembershipWorld.Noon.AddSeconds(2.5));
        var before = (await _table.ReadAll()).Version;
        (await _table.InsertRow(silo, before.Next())).ShouldBeTrue();

        foreach (var seen in new[] { await _other.ReadAll(), await _other.ReadRow(silo.SiloAddress) })
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
        var first = (await _table.ReadAll()).Version.Next();
        (await _table.InsertRow(silo, first)).ShouldBeTrue();
        var etag = (await _table.ReadAll()).Version.VersionEtag;

        (await _other.InsertRow(silo, first)).ShouldBeFalse("the same silo under an old version");
        (await _other.InsertRow(_world.NewSilo(), first)).ShouldBeFalse("another silo under an old version");
        (await _other.InsertRow(silo, (await _other.ReadAll()).Version.Next())).ShouldBeFalse("the same silo under the present version");

        var table = await _table.ReadAll();
        table.Members.Count.ShouldBe(1);
        table.Version.ShouldBe(new TableVersion(1, etag));
    }

    [Fact]
    public async Task A_row_is_updated_only_under_both_its_own_etag_and_the_present_version()
    {
        var silo = await InsertAsync(_world.NewSilo());
        await InsertAsync(_world.NewSilo());
        var table = await _table.ReadAll();
        var (row, etag) = table.TryGet(silo.SiloAddress)!;
        row.Status = SiloStatus.Active;

        (await _other.UpdateRow(row, etag, new TableVersion(3, "other"))).ShouldBeFalse("another version");
        (await _other.UpdateRow(row, "other", table.Version.Next())).ShouldBeFalse("another row etag");
        (await _other.UpdateRow(_world.NewSilo(), etag, table.Version.Next())).ShouldBeFalse("no such row");
        (await _table.ReadRow(silo.SiloAddress)).Members[0].Item2.ShouldBe(etag);

        (await _other.UpdateRow(row, etag, table.Version.Next())).ShouldBeTrue();
        (await _table.UpdateRow(row, etag, table.Version.Next())).ShouldBeFalse("the same once more");

        var updated = await _table.ReadAll();
        updated.Version.Version.ShouldBe(3);
        updated.Members.Count.ShouldBe(2);
        updated.TryGet(silo.SiloAddress)!.Item1.ToFullString().ShouldBe(row.ToFullString());
        updated.TryGet(silo.SiloAddress)!.Item2.ShouldNotBe(etag);
        (await _table.UpdateRow(row, etag, updated.Version.Next())).ShouldBeFalse("an old row etag under the present version");
    }

    [Fact]
    public async Task The_etag_of_a_row_stays_when_others_change()
    {
        var silo = await InsertAsync(_world.NewSilo());
        var etag = (await _table.ReadRow(silo.SiloAddress)).Members[0].Item2;
        await InsertAsync(_world.NewSilo());

        (await _other.ReadAll()).TryGet(silo.SiloAddress)!.Item2.ShouldBe(etag);
    }

    [Fact]
    public async Task Of_several_who_insert_under_one_version_exactly_one_does()
    {
        var version = (await _table.ReadAll()).Version.Next();
        var silo = _world.NewSilo();
        var same = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? _table : _other).InsertRow(silo, version))));
        same.Count(static inserted => inserted).ShouldBe(1);

        version = (await _table.ReadAll()).Version.Next();
        var different = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? _table : _other).InsertRow(_world.NewSilo(), version))));
        different.Count(static inserted => inserted).ShouldBe(1);
        (await _other.ReadAll()).Version.Version.ShouldBe(2);
        (await _other.ReadAll()).Members.Count.ShouldBe(2);
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
                var seen = await table.ReadAll();
                var (row, etag) = seen.TryGet(silo.SiloAddress)!;
                row.UpdateZone++;
                done = await table.UpdateRow(row, etag, seen.Version.Next());
            }
            while (!done);
        })));

        var end = await _table.ReadAll();
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
            var seen = await _other.ReadAll();
            seen.Members.Count.ShouldBe(seen.Version.Version);
        }
        while (!inserting.IsCompleted);

        await inserting;
    }

    [Fact]
    public async Task A_sign_of_life_changes_the_time_and_nothing_else()
    {
        var silo = await InsertAsync(_world.NewSilo(SiloStatus.Active));
        var before = await _table.ReadAll();
        await _other.UpdateIAmAlive(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(1) });
        await _other.UpdateIAmAlive(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(2) });

        var after = await _table.ReadAll();
        after.Version.ShouldBe(before.Version);
        silo.IAmAliveTime = MembershipWorld.Noon.AddMinutes(2);
        after.Members[0].Item1.ToFullString().ShouldBe(silo.ToFullString());
        (await _table.ReadRow(silo.SiloAddress)).Members[0].Item1.IAmAliveTime.ShouldBe(silo.IAmAliveTime);
        (await _table.UpdateRow(silo, before.Members[0].Item2, before.Version.Next())).ShouldBeTrue("a sign of life is in nobody's way");
    }

    [Fact]
    public async Task A_silo_that_is_declared_dead_keeps_the_time_of_its_last_sign_of_life()
    {
        var silo = await InsertAsync(_world.NewSilo(SiloStatus.Active));
        await _table.UpdateIAmAlive(new MembershipEntry { SiloAddress = silo.SiloAddress, IAmAliveTime = MembershipWorld.Noon.AddMinutes(2) });
        var seen = await _other.ReadAll();
        var (row, etag) = seen.TryGet(silo.SiloAddress)!;
        row.Status = SiloStatus.Dead;
        (await _other.UpdateRow(row, etag, seen.Version.Next())).ShouldBeTrue();

        (await _table.ReadRow(silo.SiloAddress)).Members[0].Item1.IAmAliveTime.ShouldBe(MembershipWorld.Noon.AddMinutes(2));
    }

    [Fact]
    public async Task Cleaning_up_removes_what_is_not_active_and_old_and_nothing_else()
    {
        var old = MembershipWorld.Noon.AddDays(-10);
        foreach (var status in Enum.GetValues<SiloStatus>())
            await InsertAsync(_world.NewSilo(status, old));

        var recent = await InsertAsync(_world.NewSilo(SiloStatus.Dead));
        var alive = await InsertAsync(_world.NewSilo(SiloStatus.Joining, old));
        await _table.UpdateIAmAlive(new MembershipEntry { SiloAddress = alive.SiloAddress, IAmAliveTime = MembershipWorld.Noon });
        var accused = _world.NewSilo(SiloStatus.Dead, old);
        accused.AddSuspector(recent.SiloAddress, MembershipWorld.Noon);
        await InsertAsync(accused);
        var before = await _other.ReadAll();

        await _table.CleanupDefunctSiloEntries(MembershipWorld.Noon.AddDays(-7));

        var after = await _other.ReadAll();
        after.Members.Select(member => member.Item1.SiloAddress).ShouldBe(
            before.Members.Where(member => member.Item1.Status == SiloStatus.Active).Select(member => member.Item1.SiloAddress)
                .Append(recent.SiloAddress).Append(alive.SiloAddress).Append(accused.SiloAddress), ignoreOrder: true);
        after.Version.Version.ShouldBe(before.Version.Version);
        (await _table.ReadRow(alive.SiloAddress)).Members[0].Item1.IAmAliveTime.ShouldBe(MembershipWorld.Noon);
    }

    [Fact]
    public async Task A_table_can_be_deleted_and_begun_again()
    {
        var silo = await InsertAsync(_world.NewSilo());
        await _table.UpdateIAmAlive(silo);
        var before = (await _table.ReadAll()).Version;
        await Should.ThrowAsync<ArgumentException>(() => _table.DeleteMembershipTableEntries("another"));
        await _other.DeleteMembershipTableEntries(MembershipWorld.Cluster);
        await _other.DeleteMembershipTableEntries(MembershipWorld.Cluster);

        var empty = await _table.ReadAll();
        empty.Members.ShouldBeEmpty();
        empty.Version.Version.ShouldBe(0);
        (await _table.InsertRow(silo, before.Next())).ShouldBeFalse("under a version of the table before");
        (await _table.InsertRow(silo, empty.Version.Next())).ShouldBeTrue();
    }

    [Fact]
    public async Task Clusters_with_different_names_have_different_tables()
    {
        await InsertAsync(_world.NewSilo());
        var another = await _world.OpenTableAsync("test-cluster_1");
        (await another.ReadAll()).Members.ShouldBeEmpty();
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
        (await _table.InsertRow(silo, (await _table.ReadAll()).Version.Next())).ShouldBeTrue();
        return silo;
    }
}

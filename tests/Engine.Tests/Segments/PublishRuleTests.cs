using Orleans.Log.Engine.Segments;

namespace Orleans.Log.Engine.Tests.Segments;

public sealed class PublishRuleTests
{
    private static readonly ReplicaId Owner = SegmentSamples.Owner;
    private static readonly ReplicaId Other = Owner with { Node = SegmentSamples.OtherNode };

    private static readonly RootEntry Present = new(
        new StreamId(5), StreamName.Parse("orders"), Owner, 1, 4, 100, 250, 77, default, false, new PackRef(new BlobId(Owner.Node, 9), 64, 500, 1));

    private static readonly RootPage Empty = RootPage.Empty(SegmentSamples.Store, 5, 0);
    private static readonly RootPage Page = Empty.Change(0, put: [Present]);

    [Fact]
    public void The_owner_moves_its_root_forward()
    {
        Judge(Page, Present with { Offloaded = 300, Snapshot = Later }).ShouldBe(PublishVerdict.Allowed);
        Judge(Page, Present with { Head = 120, Snapshot = Later }).ShouldBe(PublishVerdict.Allowed);
        Judge(Page, Present with { Term = 5, Snapshot = Later }).ShouldBe(PublishVerdict.Allowed);
        Judge(Page, Present with { Term = 1, Generation = 2, Snapshot = Later }).ShouldBe(PublishVerdict.Allowed);
        Judge(Empty, Present).ShouldBe(PublishVerdict.Allowed);
    }

    [Fact]
    public void What_stands_there_already_is_recognized() => Judge(Page, Present with { }).ShouldBe(PublishVerdict.AlreadyThere);

    [Fact]
    public void What_was_overtaken_is_dropped()
    {
        Judge(Page, Present with { Offloaded = 249, Snapshot = Later }).ShouldBe(PublishVerdict.Behind);
        Judge(Page, Present with { Head = 99, Snapshot = Later }).ShouldBe(PublishVerdict.Behind);
        Judge(Empty.Change(0, put: [Present with { Sealed = true }]), Present with { Snapshot = Later }).ShouldBe(PublishVerdict.Behind);
    }

    [Fact]
    public void Nobody_else_may_and_nobody_in_an_older_term_or_generation()
    {
        PublishRule.Judge(Page, Other, Present with { Owner = Other, Term = 9, Generation = 9 }).ShouldBe(PublishVerdict.Fenced);
        PublishRule.Judge(Page, Other, Present with { Offloaded = 300 }).ShouldBe(PublishVerdict.Fenced);
        PublishRule.Judge(Empty, Owner, Present with { Owner = Other }).ShouldBe(PublishVerdict.Fenced);
        PublishRule.Judge(Page, Owner with { Wal = Guid.NewGuid() }, Present with { Owner = Owner with { Wal = Guid.NewGuid() } }).ShouldBe(PublishVerdict.Fenced);
        Judge(Page, Present with { Term = 3, Offloaded = 300 }).ShouldBe(PublishVerdict.Fenced);
        Judge(Page, Present with { Term = 9, Generation = 0, Offloaded = 300 }).ShouldBe(PublishVerdict.Fenced);
    }

    [Fact]
    public void A_node_that_was_replaced_may_nothing_any_more_not_even_add_a_stream()
    {
        var taken = Page.Change(0, put: [Present with { Owner = Other, Generation = 2 }], retire: Owner.Node);
        Judge(taken, Present with { Offloaded = 300 }).ShouldBe(PublishVerdict.Fenced);
        Judge(taken, Present with { Id = new StreamId(69) }).ShouldBe(PublishVerdict.Fenced);
        PublishRule.JudgeRemoval(taken, Owner, Present.Id, 9, 9).ShouldBe(PublishVerdict.Fenced);
        PublishRule.JudgeRemoval(taken, Owner, new StreamId(69), 9, 9).ShouldBe(PublishVerdict.Fenced);
        PublishRule.Judge(taken, Other, Present with { Owner = Other, Generation = 2, Offloaded = 300 }).ShouldBe(PublishVerdict.Allowed);
    }

    [Fact]
    public void The_owner_removes_a_stream_that_it_deleted()
    {
        PublishRule.JudgeRemoval(Page, Owner, Present.Id, 1, 4).ShouldBe(PublishVerdict.Allowed);
        PublishRule.JudgeRemoval(Page, Owner, Present.Id, 1, 3).ShouldBe(PublishVerdict.Fenced);
        PublishRule.JudgeRemoval(Page, Other, Present.Id, 1, 4).ShouldBe(PublishVerdict.Fenced);
        PublishRule.JudgeRemoval(Empty, Owner, Present.Id, 1, 4).ShouldBe(PublishVerdict.AlreadyThere);
    }

    private static PackRef Later => Present.Snapshot with { Blob = new BlobId(Owner.Node, 10) };

    private static PublishVerdict Judge(RootPage page, RootEntry wanted) => PublishRule.Judge(page, Owner, wanted);
}

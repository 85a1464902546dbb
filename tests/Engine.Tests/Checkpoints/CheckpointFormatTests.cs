using Orleans.Log.Engine.Checkpoints;

namespace Orleans.Log.Engine.Tests.Checkpoints;

public sealed class CheckpointFormatTests
{
    [Fact]
    public void The_bytes_are_those_of_the_page() =>
        Convert.ToHexString(CheckpointSamples.Write(CheckpointSamples.CatalogStream, CheckpointSamples.Rich))
            .ShouldBe(Convert.ToHexString(Golden.Read("Checkpoints/checkpoint-2.hex")));

    [Fact]
    public void What_was_written_is_read_back()
    {
        var streams = CheckpointSamples.Read(Golden.Read("Checkpoints/checkpoint-2.hex"));

        streams.Count.ShouldBe(2);
        streams[0].ShouldBeEquivalentTo(CheckpointSamples.CatalogStream);
        streams[1].ShouldBeEquivalentTo(CheckpointSamples.Rich);
    }

    [Fact]
    public void A_checkpoint_of_the_version_before_is_read_and_nothing_of_it_is_offloaded()
    {
        var streams = CheckpointSamples.Read(Golden.Read("Checkpoints/checkpoint-1.hex"));

        streams.Count.ShouldBe(2);
        streams[0].ShouldBeEquivalentTo(CheckpointSamples.CatalogStream);
        streams[1].ShouldBeEquivalentTo(CheckpointSamples.Rich with
        {
            State = CheckpointSamples.Rich.State with { Offloaded = 0, Lost = Array.Empty<LsnRange>(), Unpublished = false },
        });
    }

    [Fact]
    public void Every_bit_counts()
    {
        var bytes = CheckpointSamples.Write(CheckpointSamples.CatalogStream, CheckpointSamples.Rich);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Should.Throw<CheckpointException>(() => CheckpointSamples.Read(bytes), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_version_that_became_another_by_a_flipped_bit_is_seen()
    {
        var bytes = CheckpointSamples.Write(CheckpointSamples.CatalogStream, CheckpointSamples.Rich);
        bytes[4] = 1;
        Should.Throw<CheckpointException>(() => CheckpointSamples.Read(bytes));
    }

    [Fact]
    public void Every_cut_is_seen()
    {
        var bytes = CheckpointSamples.Write(CheckpointSamples.CatalogStream, CheckpointSamples.Rich);
        for (var length = 0; length < bytes.Length; length++)
            Should.Throw<CheckpointException>(() => CheckpointSamples.Read(bytes[..length]), $"length {length}");
    }

    [Fact]
    public void Bytes_behind_the_end_are_seen() =>
        Should.Throw<CheckpointException>(() => CheckpointSamples.Read([.. CheckpointSamples.Write(CheckpointSamples.CatalogStream), 0]))
            .Fault.ShouldBe(CheckpointFault.Incoherent);

    [Fact]
    public void A_newer_version_is_refused_with_both_numbers()
    {
        var bytes = CheckpointSamples.Write(CheckpointSamples.CatalogStream);
        bytes[4] = 3;

        var error = Should.Throw<CheckpointException>(() => CheckpointSamples.Read(bytes));
        error.Fault.ShouldBe(CheckpointFault.UnsupportedVersion);
        error.Message.ShouldContain("version 3");
        error.Message.ShouldContain("knows 1 to 2");
    }

    [Fact]
    public void Tables_longer_than_a_record_continue_in_the_next()
    {
        var results = Enumerable.Range(0, CheckpointFormat.MaxResults).Select(i => new ProducerResult(i, 1)).ToArray();
        var stream = CheckpointSamples.Stream("s", 1);
        stream = stream with
        {
            State = stream.State with
            {
                Tail = 10_000,
                Terms = [.. Enumerable.Range(1, 10_000).Select(term => new TermStart(term, 0, term - 1))],
                Producers = [.. Enumerable.Range(0, 3_000).Select(i => new ProducerCheckpoint(new string('p', 60) + i, 1, 2, 3, results))],
                Faulty = [.. Enumerable.Range(0, 5_000).Select(i => new LsnRange(2 * i, (2 * i) + 1))],
            },
        };

        var read = CheckpointSamples.Read(CheckpointSamples.Write(CheckpointSamples.CatalogStream, stream));

        read[1].State.Terms.ShouldBe(stream.State.Terms);
        read[1].State.Faulty.ShouldBe(stream.State.Faulty);
        read[1].State.Producers.Select(producer => producer.Id).ShouldBe(stream.State.Producers.Select(producer => producer.Id));
        read[1].State.Producers[^1].Results.ShouldBe(results);
    }

    [Fact]
    public void A_hundred_thousand_streams_pass_through_one_buffer()
    {
        const int Count = 100_000;
        var bytes = CheckpointSamples.Write(
            Enumerable.Range(0, Count).Select(i => CheckpointSamples.Stream($"s{i:d6}", i)).Prepend(CheckpointSamples.CatalogStream));
        using var file = CheckpointSamples.Open(bytes);
        using var reader = new CheckpointReader(file);

        var read = 0;
        while (reader.Next() is not null)
            read++;

        read.ShouldBe(Count + 1);
        reader.Digest.ShouldNotBeNull();
    }

    [Fact]
    public void Names_out_of_order_are_refused() =>
        Refused(CheckpointSamples.CatalogStream, CheckpointSamples.Stream("b", 1), CheckpointSamples.Stream("a", 2));

    [Fact]
    public void A_name_that_comes_twice_is_refused() =>
        Refused(CheckpointSamples.CatalogStream, CheckpointSamples.Stream("a", 1), CheckpointSamples.Stream("a", 2));

    [Fact]
    public void A_checkpoint_without_the_catalogs_own_stream_is_refused() => Refused(CheckpointSamples.Stream("a", 1));

    [Fact]
    public void A_stream_as_of_a_time_before_the_checkpoints_position_is_refused() => Refused(
        CheckpointSamples.CatalogStream,
        CheckpointSamples.Stream("a", 1) with { State = new StreamCheckpoint { Id = new StreamId(1) } });

    [Fact]
    public void A_stream_offloaded_beyond_its_tail_is_refused() => Refused(
        CheckpointSamples.CatalogStream, CheckpointSamples.Rich with { State = CheckpointSamples.Rich.State with { Offloaded = 251 } });

    private static void Refused(params CheckpointStream[] streams) =>
        Should.Throw<CheckpointException>(() => CheckpointSamples.Read(CheckpointSamples.Write(streams))).Fault.ShouldBe(CheckpointFault.Incoherent);
}

using System.Buffers;
using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.Testing.Blobs;

/// <summary>Ranges.</summary>
public abstract class BlobReadConformance<TFactory> : BlobStoreConformance<TFactory>
    where TFactory : IBlobStoreFactory, new()
{
    private const int Length = 200_000;

    [Theory]
    [InlineData(0, Length, Length)]
    [InlineData(0, 1, 1)]
    [InlineData(65_535, 2, 2)]
    [InlineData(100_000, 4096, 4096)]
    [InlineData(Length - 1, 1, 1)]
    [InlineData(Length - 1, 2, 1)]
    [InlineData(Length - 100, 4096, 100)]
    [InlineData(0, Length + 1, Length)]
    [InlineData(Length, 1, 0)]
    [InlineData(Length + 1, 10, 0)]
    [InlineData(long.MaxValue, 10, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(Length, 0, 0)]
    public async Task A_range_is_as_long_as_the_destination_or_ends_where_the_content_does(long offset, int size, int expected)
    {
        var version = await Store.PutIfAbsentAsync(Name("a"), Pieces(Length));
        var destination = new byte[size];

        (await Other.ReadAsync(Name("a"), offset, destination)).ShouldBe(new BlobRange(expected, Length, version));
        destination.AsSpan(0, expected).SequenceEqual(Pattern(offset, expected)).ShouldBeTrue();
    }

    [Fact]
    public async Task An_empty_blob_ends_where_it_begins()
    {
        var version = await Store.PutIfAbsentAsync(Name("a"), ReadOnlySequence<byte>.Empty);
        foreach (var (offset, size) in new[] { (0, 0), (0, 1), (1, 0), (7, 7) })
            (await Store.ReadAsync(Name("a"), offset, new byte[size])).ShouldBe(new BlobRange(0, 0, version));
    }

    [Fact]
    public async Task A_part_of_a_larger_buffer_is_filled_and_nothing_beside_it()
    {
        await Store.PutIfAbsentAsync(Name("a"), Pieces(Length));
        var buffer = new byte[300];
        await Store.ReadAsync(Name("a"), 1000, buffer.AsMemory(100, 100));

        buffer.AsSpan(100, 100).SequenceEqual(Pattern(1000, 100)).ShouldBeTrue();
        buffer.AsSpan(0, 100).ContainsAnyExcept((byte)0).ShouldBeFalse();
        buffer.AsSpan(200).ContainsAnyExcept((byte)0).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        await PutAsync("a/b");
        foreach (var name in new[] { "a", "a/b/c", "b", "a/c", "x/y/z" })
        {
            await ShouldFailAsync(BlobStoreErrorKind.NotFound, () => Store.ReadAsync(Name(name), 0, new byte[1]));
            await ShouldFailAsync(BlobStoreErrorKind.NotFound, () => Store.ReadAsync(Name(name), 5, Memory<byte>.Empty));
            (await Store.HeadAsync(Name(name))).ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_negative_offset_is_refused() =>
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await Store.ReadAsync(Name("a"), -1, new byte[1]));

    [Fact]
    public async Task Many_readers_of_one_blob_get_what_each_asked_for()
    {
        await Store.PutIfAbsentAsync(Name("a"), Pieces(Length));
        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancellation) =>
        {
            var buffer = new byte[3000];
            var range = await (i % 2 == 0 ? Store : Other).ReadAsync(Name("a"), i * 3001, buffer, cancellation);
            buffer.AsSpan(0, range.Count).SequenceEqual(Pattern(i * 3001, range.Count)).ShouldBeTrue();
        });
    }
}

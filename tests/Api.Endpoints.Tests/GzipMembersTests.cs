using System.IO.Compression;
using System.Text;
using Orleans.Log.Api.Endpoints.Bodies;

namespace Orleans.Log.Api.Endpoints.Tests;

/// <summary>gzip bodies of one or more members, as fluentd, pigz and bgzf make them: whole, cut off at each byte, and damaged at each byte.</summary>
public sealed class GzipMembersTests
{
    private static readonly byte[][] Contents =
        [Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 40))), [], new byte[300], "stored as it is: \u0001\u0002"u8.ToArray()];

    private static byte[] Whole => [.. Contents.SelectMany((content, i) => Member(content, i % 2 == 0 ? CompressionLevel.Optimal : CompressionLevel.NoCompression))];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1 << 20)]
    public async Task Members_are_one_content_however_they_arrive(int piece)
    {
        byte[] expected = [.. Contents.SelectMany(content => content)];
        (await ReadAsync(Whole, piece)).ShouldBe(expected);

        // More than what is buffered, from one member and from many.
        var large = new byte[200_000];
        new Random(1).NextBytes(large);
        (await ReadAsync(Member(large, CompressionLevel.Fastest), 1 << 20)).ShouldBe(large);
        byte[] blocks = [.. large.Chunk(1_000).SelectMany(block => Member(block, CompressionLevel.Fastest))];
        (await ReadAsync(blocks, 1 << 20)).ShouldBe(large);
    }

    [Fact]
    public async Task Body_cut_off_anywhere_but_after_a_member_is_refused()
    {
        var ends = new HashSet<int>();
        var end = 0;
        for (var i = 0; i < Contents.Length; i++)
            ends.Add(end += Member(Contents[i], i % 2 == 0 ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Length);

        for (var length = 0; length <= Whole.Length; length++)
        {
            if (ends.Contains(length))
                await ReadAsync(Whole[..length], 1 << 20);
            else
                await Should.ThrowAsync<InvalidDataException>(() => ReadAsync(Whole[..length], 1 << 20), $"cut at {length}");
        }
    }

    [Fact]
    public async Task Every_trailer_is_verified()
    {
        var end = 0;
        for (var i = 0; i < Contents.Length; i++)
        {
            end += Member(Contents[i], i % 2 == 0 ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Length;
            for (var at = end - 8; at < end; at++)
            {
                var damaged = Whole;
                damaged[at] ^= 0x10;
                await Should.ThrowAsync<InvalidDataException>(() => ReadAsync(damaged, 1 << 20), $"member {i}, byte {at}");
            }
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\0\0\0\0")]
    [InlineData("\u001f")]
    [InlineData("plain text behind it that is much longer than what is put behind every body")]
    public async Task Anything_else_behind_a_member_is_refused(string rest) =>
        await Should.ThrowAsync<InvalidDataException>(() => ReadAsync([.. Whole, .. Encoding.Latin1.GetBytes(rest)], 1 << 20));

    private static byte[] Member(byte[] content, CompressionLevel level)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, level, leaveOpen: true))
            gzip.Write(content);

        // The framework writes nothing at all for nothing.
        return output.Length > 0 ? output.ToArray() : [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    private static async Task<byte[]> ReadAsync(byte[] body, int piece)
    {
        await using var stream = new WholeGzipStream(new Pieces(body, piece));
        using var content = new MemoryStream();
        await stream.CopyToAsync(content);
        return content.ToArray();
    }

    private sealed class Pieces(byte[] body, int size) : ReadOnlyStream
    {
        private int _position;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(Math.Min(size, buffer.Length), body.Length - _position);
            body.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return ValueTask.FromResult(count);
        }
    }
}

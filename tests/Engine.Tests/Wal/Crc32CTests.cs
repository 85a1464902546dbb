using Orleans.Log.Engine.Wal;

namespace Orleans.Log.Engine.Tests.Wal;

public sealed class Crc32CTests
{
    [Fact]
    public void A_long_span_has_the_checksum_that_its_bytes_have_one_by_one()
    {
        var bytes = new byte[20_000];
        new Random(1).NextBytes(bytes);
        foreach (var length in new[] { 0, 1, 7, 8, 264, 767, 768, 1_000, 1_032, 3_071, 3_072, 3_073, 6_143, 6_144, 9_999, 20_000 })
        {
            for (var start = 0; start <= 20_000 - length && start < 9; start++)
            {
                var state = Crc32C.Start;
                foreach (var single in bytes.AsSpan(start, length))
                    state = Crc32C.Add(state, [single]);

                Crc32C.Of(bytes.AsSpan(start, length)).ShouldBe(Crc32C.Finish(state), $"{length} bytes from {start} on");
            }
        }
    }

    [Fact]
    public void Thirty_two_bytes_of_zeros_ones_and_counting_are_as_RFC_3720_says()
    {
        Crc32C.Of(new byte[32]).ShouldBe(0x8A9136AAu);
        Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()).ShouldBe(0x62A8AB43u);
        Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()).ShouldBe(0x46DD794Eu);
    }
}

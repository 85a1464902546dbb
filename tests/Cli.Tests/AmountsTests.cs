using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Tests;

public class AmountsTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("10", 10)]
    [InlineData("1.5s", 1.5)]
    [InlineData("5m", 300)]
    [InlineData("2h", 7200)]
    [InlineData("7d", 604800)]
    public void Durations_are_read_as_people_write_them(string text, double seconds) => Amounts.ParseDuration(text)!.Value.TotalSeconds.ShouldBe(seconds);

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("5y")]
    [InlineData("5sm")]
    [InlineData("1e99d")]
    [InlineData("999999999d")]
    public void What_is_no_duration_is_refused(string text) => Amounts.ParseDuration(text).ShouldBeNull();

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1000", 1000L)]
    [InlineData("1KiB", 1024L)]
    [InlineData("10GiB", 10L << 30)]
    [InlineData("8388607TiB", 8388607L << 40)]
    public void Sizes_are_bytes_or_have_units(string text, long bytes) => Amounts.ParseSize(text).ShouldBe(bytes);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5GiB")]
    [InlineData("10GB")]
    [InlineData("GiB")]
    [InlineData("8388608TiB")]
    public void What_is_no_size_is_refused(string text) => Amounts.ParseSize(text).ShouldBeNull();

    [Theory]
    [InlineData("1795000000000", 1795000000000)]
    [InlineData("1970-01-02", 86400000)]
    [InlineData("1970-01-01T01:00:00+01:00", 0)]
    [InlineData("1970-01-01T00:00:01Z", 1000)]
    public void Times_are_numbers_or_dates(string text, long milliseconds) => Amounts.ParseTime(text).ShouldBe(milliseconds);

    [Theory]
    [InlineData(null, "-")]
    [InlineData(0L, "1970-01-01T00:00:00.000Z")]
    [InlineData(Limits.Position, "9007199254740991")]
    public void Times_are_shown_if_a_calendar_has_them(long? timestamp, string shown) => Amounts.Time(timestamp).ShouldBe(shown);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1L << 40, "1 TiB")]
    [InlineData(1L << 50, "1024 TiB")]
    public void Bytes_have_units(long bytes, string shown) => Amounts.Bytes(bytes).ShouldBe(shown);
}

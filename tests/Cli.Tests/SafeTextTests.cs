using Orleans.Log.Cli.Terminal;

namespace Orleans.Log.Cli.Tests;

public class SafeTextTests
{
    [Theory]
    [InlineData("plain ünïcode 日本 🙂", "plain ünïcode 日本 🙂")]
    [InlineData("a\tb\r\nc", "a\\tb\\r\\nc")]
    [InlineData("\u001b[2Jgone", "\\u{1b}[2Jgone")]
    [InlineData("\u009b2J", "\\u{9b}2J")]
    [InlineData("user\u202egnp.exe", "user\\u{202e}gnp.exe")]
    [InlineData("zero\u200bwidth\u2028", "zero\\u{200b}width\\u{2028}")]
    [InlineData("nul\0", "nul\\u{0}")]
    [InlineData("C:\\n", "C:\\\\n")]
    public void Nothing_that_could_drive_a_terminal_gets_through(string text, string shown) => SafeText.Of(text).ShouldBe(shown);

    [Fact]
    public void Bytes_that_are_not_text_are_shown_as_such() =>
        SafeText.Of(new byte[] { (byte)'a', 0xFF, 0xE2, 0x82, (byte)'b' }).ShouldBe("a\\xff\\xe2\\x82b");
}

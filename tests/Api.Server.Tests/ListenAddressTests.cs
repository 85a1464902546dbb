using Orleans.Log.Api.Server.Settings;
using Orleans.Log.ServiceDefaults;

namespace Orleans.Log.Api.Server.Tests;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5075")]
    [InlineData("http://127.9.9.9:0")]
    [InlineData("http://[::1]:5075")]
    [InlineData("http://[::ffff:127.0.0.1]:5075")]
    [InlineData("http://localhost:5075")]
    [InlineData("http://127.0.0.1:1;http://[::1]:1")]
    public void Loopback_is_listened_on(string urls) => Should.NotThrow(() => Options(urls).Validate("--allow-insecure"));

    [Theory]
    [InlineData("http://0.0.0.0:5075")]
    [InlineData("http://[::]:5075")]
    [InlineData("http://*:5075")]
    [InlineData("http://+:5075")]
    [InlineData("http://10.0.0.1:5075")]
    [InlineData("http://[fe80::1]:5075")]
    [InlineData("http://my-machine:5075")]
    [InlineData("http://localhost.example:5075")]
    [InlineData("http://2130706433x:5075")]
    [InlineData("http://[::ffff:10.0.0.1]:5075")]
    [InlineData("http://127.0.0.1:5075;http://0.0.0.0:5076")]
    public void What_others_can_reach_is_refused_saying_why_unless_that_is_wanted(string urls)
    {
        var refusal = Should.Throw<SettingException>(() => Options(urls).Validate("--allow-insecure")).Message;

        refusal.ShouldContain("asks nobody who they are");
        refusal.ShouldContain("--allow-insecure");
        var options = Options(urls);
        options.AllowInsecure = true;
        Should.NotThrow(() => options.Validate("--allow-insecure"));
    }

    private static ServerOptions Options(string urls) => new() { Urls = ListenAddress.ParseList(urls) };
}

namespace Orleans.Log.AzureStorage.Tests;

public sealed class AzureBlobStoreOptionsTests
{
    private const string Secret = "AccountName=a;AccountKey=c2VjcmV0";

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(Secret, null, null)]
    [InlineData(null, "container", null)]
    [InlineData(" ", "container", null)]
    [InlineData(Secret, "container", "https://a.blob.core.windows.net/container")]
    [InlineData(null, null, "http://a.blob.core.windows.net/container")]
    [InlineData(null, null, "https://a.blob.core.windows.net/")]
    [InlineData(null, null, "https://a.blob.core.windows.net/container?sig=secret")]
    [InlineData(null, null, "container")]
    public void Options_that_cannot_be_are_refused_without_showing_a_secret(string? connection, string? container, string? uri)
    {
        var options = new AzureBlobStoreOptions
        {
            ConnectionString = connection,
            Container = container,
            ContainerUri = uri is null ? null : new Uri(uri, UriKind.RelativeOrAbsolute),
        };
        var error = Should.Throw<ArgumentException>(() => AzureBlobStore.Connect(options));
        error.Message.ShouldStartWith("AzureBlobStoreOptions");
        error.Message.ShouldNotContain("secret");
        error.Message.ShouldNotContain("c2VjcmV0");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(3601)]
    public void A_timeout_out_of_range_is_refused(double seconds) => Should.Throw<ArgumentException>(() =>
        new AzureBlobStoreOptions { ConnectionString = Secret, Container = "c", RequestTimeout = TimeSpan.FromSeconds(seconds) }.Validate());

    [Fact]
    public void An_address_alone_is_enough_and_takes_the_default_credential() =>
        AzureBlobStore.Connect(new AzureBlobStoreOptions { ContainerUri = new Uri("https://a.blob.core.windows.net/container") }).ShouldNotBeNull();
}

using Orleans.Log.Engine.Blobs;

namespace Orleans.Log.AzureStorage.Tests;

/// <summary>Where a cluster's store is, as configuration says it.</summary>
public sealed class BlobStoreLocationTests
{
    private const string Secret = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=https://a.blob.core.windows.net";

    [Fact]
    public async Task A_folder_is_made_and_several_open_it()
    {
        var folder = Directory.CreateTempSubdirectory("olog-location-").FullName;
        try
        {
            var location = new BlobStoreLocation { Kind = "Files", Path = Path.Combine(folder, "shared") };
            using var one = (IDisposable)await location.OpenAsync();
            using var other = (IDisposable)await location.OpenAsync();

            await ((IBlobStore)one).PutIfAbsentAsync(new BlobName("x"), new("content"u8.ToArray()));
            (await ((IBlobStore)other).HeadAsync(new BlobName("x")))!.Value.Length.ShouldBe(7);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("tape", null, null, null, "'tape'")]
    [InlineData("files", null, null, null, "Path")]
    [InlineData("azure", null, null, null, "ConnectionString and ServiceUri")]
    [InlineData("azure", null, Secret, "https://a.blob.core.windows.net", "ConnectionString and ServiceUri")]
    [InlineData("azure", null, null, "http://a.blob.core.windows.net", "https")]
    public void What_cannot_be_is_refused_by_name(string kind, string? path, string? connection, string? service, string named)
    {
        var location = new BlobStoreLocation { Kind = kind, Path = path, ConnectionString = connection, ServiceUri = service is null ? null : new Uri(service) };

        var error = Should.Throw<ArgumentException>(location.Validate);
        error.Message.ShouldContain(named);
        error.Message.ShouldNotContain("c2VjcmV0");
    }

    [Fact]
    public void The_address_of_a_service_counts_wherever_it_is_given()
    {
        var asAddress = new BlobStoreLocation { Kind = "azure", ServiceUri = new Uri("https://a.blob.core.windows.net/") };
        var asConnection = new BlobStoreLocation { Kind = "azure", ConnectionString = "https://a.blob.core.windows.net/" };

        Should.NotThrow(asAddress.Validate);
        Should.NotThrow(asConnection.Validate);
        asConnection.ToString().ShouldBe(asAddress.ToString());
    }

    [Fact]
    public void Nothing_secret_is_shown()
    {
        var location = new BlobStoreLocation { Kind = "azure", ConnectionString = Secret };

        Should.NotThrow(location.Validate);
        location.ToString().ShouldBe("container orleans-log");
    }
}

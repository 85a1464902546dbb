namespace Orleans.Log.Api.Endpoints.Tests;

public sealed class OpenApiTests
{
    /// <summary>
    /// To regenerate after a wanted change: <c>UPDATE_OPENAPI=1 dotnet test tests/Api.Endpoints.Tests --filter OpenApiTests</c>.
    /// </summary>
    [Fact]
    public async Task The_served_document_is_the_one_checked_in()
    {
        await using var server = await LogServer.StartAsync();
        var served = await server.GetAsync("/openapi/v1.json");
        served.Status.ShouldBe(200);
        var path = Path.Combine(RepositoryFiles.Root, "docs", "openapi", "v1.json");
        var document = served.Text.ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, document);
        }

        (await File.ReadAllTextAsync(path)).ShouldBe(document, "regenerate docs/openapi/v1.json if the change is wanted; this test says how");
        server.Errors.All.ShouldBeEmpty();
    }
}

using System.Diagnostics;
using Orleans.Log.Testing.Azurite;

namespace Orleans.Log.AzureStorage.Tests.Tokens;

/// <summary>
/// An address instead of a connection string: the default credential of Azure.Identity finds an identity in the environment of a process and gets a token for it, and the store is used with that, over
/// https. The process is one of its own, since what it trusts and who it is are in its environment.
/// </summary>
public sealed class DefaultCredentialTests
{
    private const string Storage = "https://storage.azure.com";

    [AzuriteFact]
    public async Task A_store_is_used_with_a_token_of_the_default_credential()
    {
        using var certificate = new ServerCertificate();
        await using var server = await AzuriteServer.StartAsync(certificate: certificate);
        await using var tokens = new TokenEndpoint(Storage, TimeSpan.FromHours(1));

        var (code, said) = await UseAsync(server, tokens, certificate);

        said.ShouldBe(["put: Exists", "replace: ConditionFailed", "read: 3456 of 10", "list: a/1 a/2", "delete: True, again: False", "left: a/2"]);
        code.ShouldBe(0);
        tokens.Resources.Distinct().ShouldBe([Storage]);
    }

    [AzuriteTheory]
    [InlineData("https://vault.azure.net", 60)]
    [InlineData(Storage, -60)]
    public async Task A_token_that_the_store_does_not_take_is_said_to_be_refused(string audience, int minutes)
    {
        using var certificate = new ServerCertificate();
        await using var server = await AzuriteServer.StartAsync(certificate: certificate);
        await using var tokens = new TokenEndpoint(audience, TimeSpan.FromMinutes(minutes));

        var (code, said) = await UseAsync(server, tokens, certificate);

        said.Single().ShouldStartWith("Refused, outcome known: Creating the container 'used-with-a-token' failed:");
        code.ShouldBe(1);
    }

    [AzuriteFact]
    public async Task A_server_whose_certificate_is_not_trusted_gets_nothing()
    {
        using var certificate = new ServerCertificate();
        await using var server = await AzuriteServer.StartAsync(certificate: certificate);
        await using var tokens = new TokenEndpoint(Storage, TimeSpan.FromHours(1));

        var (code, said) = await UseAsync(server, tokens, trusted: null);

        said.Single().ShouldStartWith("Unavailable, outcome known: Creating the container 'used-with-a-token' failed:");
        code.ShouldBe(1);
    }

    private static async Task<(int Code, string[] Said)> UseAsync(AzuriteServer server, TokenEndpoint tokens, ServerCertificate? trusted)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(StoreUser).Assembly.Location, server.Endpoint.AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("AZURE_", StringComparison.Ordinal) || name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);

        foreach (var (name, value) in tokens.Environment)
            start.Environment[name] = value;

        if (trusted is not null)
            start.Environment["SSL_CERT_FILE"] = trusted.CertificateFile;

        using var process = Process.Start(start)!;
        var outputs = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WaitAsync(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync();
        outputs[1].ShouldBeEmpty();
        return (process.ExitCode, outputs[0].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}

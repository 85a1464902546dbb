using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Orleans.Log.Testing.Azurite;

/// <summary>A real blob server on a free port of this machine (Azurite, from npm), for as long as the object lives. Its account has a key of its own each time.</summary>
public sealed partial class AzuriteServer : IAsyncDisposable
{
    private const string Account = "orleanslog";

    private readonly Process _process;
    private readonly string _folder;

    private AzuriteServer(Process process, string folder) => (_process, _folder) = (process, folder);

    /// <summary>Address of the account.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>For clients.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Starts a server with nothing in it, and returns once it listens. Throws if <see cref="AzuritePackage.Missing"/> says why there is none.</summary>
    /// <param name="onDisk">Keeps contents in files instead of in memory, for more of them than fit there.</param>
    /// <param name="certificate">Speaks https with it, and takes tokens as well as the account's key; of a token it looks at the issuer, the audience and the time, not at the signature.</param>
    public static async Task<AzuriteServer> StartAsync(bool onDisk = false, ServerCertificate? certificate = null)
    {
        var folder = Directory.CreateTempSubdirectory("olog-azurite-").FullName;
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        string[] keeping = onDisk ? ["--location", folder] : ["--inMemoryPersistence"];
        string[] trusting = certificate is null ? [] : ["--oauth", "basic", "--cert", certificate.CertificateFile, "--key", certificate.KeyFile];
        var start = new ProcessStartInfo("node", [AzuritePackage.EntryPoint, "--blobHost", "127.0.0.1", "--blobPort", "0", "--skipApiVersionCheck", "--disableTelemetry", .. keeping, .. trusting])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            Environment = { ["AZURITE_ACCOUNTS"] = $"{Account}:{key}" },
        };
        var process = Process.Start(start)!;
        var heard = new List<string>();
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => address.TrySetException(new InvalidOperationException("Azurite ended: " + string.Join(' ', heard)));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            var endpoint = new Uri(await address.Task.WaitAsync(TimeSpan.FromMinutes(2)), Account);
            return new AzuriteServer(process, folder)
            {
                Endpoint = endpoint,
                ConnectionString = $"DefaultEndpointsProtocol={endpoint.Scheme};AccountName={Account};AccountKey={key};BlobEndpoint={endpoint};",
            };
        }
        catch
        {
            Stop(process, folder);
            throw;
        }

        void Hear(string? line)
        {
            if (line is null)
                return;

            // Once it listens it says a line for every request, which nobody reads.
            if (address.Task.IsCompletedSuccessfully)
                return;

            lock (heard)
                heard.Add(line);

            if (Listening().Match(line) is { Success: true } match)
                address.TrySetResult(new Uri(match.Value));
        }
    }

    /// <summary>Ends it as a crash would: whatever it had in memory is gone.</summary>
    public ValueTask DisposeAsync()
    {
        Stop(_process, _folder);
        return ValueTask.CompletedTask;
    }

    private static void Stop(Process process, string folder)
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);

        process.WaitForExit();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [GeneratedRegex(@"(?<=listens on )https?://[\d.]+:\d+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Listening();
}

using System.Text;
using Orleans.Log.Testing.Conformance;
using Xunit.Abstractions;

namespace Orleans.Log.Api.Endpoints.Tests.Scenarios;

/// <summary>Real system logs, with their CRLF, stray CR and missing last line ends, go in and come out byte for byte.</summary>
public abstract class LogFileScenarios<TFactory> : EndpointScenarios<TFactory>
    where TFactory : ILogServiceFactory, new()
{
    [SkippableLogFact]
    public async Task Every_log_file_comes_back_byte_for_byte()
    {
        foreach (var file in Directory.EnumerateFiles(SkippableLogFactAttribute.Folder!, "*.log").Order(StringComparer.Ordinal))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            foreach (var (name, content) in new[] { ("as-it-is", bytes), ("crlf", Crlf(bytes)), ("unended", [.. bytes, .. "no end"u8]) })
            {
                var stream = $"{Path.GetFileNameWithoutExtension(file)}.{name}";
                await Server.CreateAsync(stream);
                var appended = await Server.PostAsync($"/v1/streams/{stream}/records", Body.Of("text/plain", content));
                appended.Status.ShouldBe(200, $"{stream}: {appended.Text}");
                var lines = await AllAsync($"/v1/streams/{stream}/records");
                lines.Count.ShouldBe(content.Count(b => b == '\n') + (content[^1] == '\n' ? 0 : 1), stream);
                var back = new MemoryStream();
                foreach (var line in lines)
                    back.Write([.. line, (byte)'\n']);

                back.ToArray().AsSpan(0, content.Length).SequenceEqual(content).ShouldBeTrue(stream);
                (back.Length - content.Length).ShouldBe(content[^1] == '\n' ? 0 : 1, stream);
            }
        }
    }

    private static byte[] Crlf(byte[] bytes) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal).Insert(3, "\r"));
}

/// <summary>A fact about the log files beside the repository; without them it is skipped, and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SkippableLogFactAttribute : FactAttribute
{
    public static string? Folder { get; } = RepositoryFiles.Upward(Path.Combine("shared", "data", "loghub"));

    public SkippableLogFactAttribute() => Skip = Folder is null ? "no shared/data/loghub in a directory above: real log files were NOT tried" : null;
}

using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Load;
using Orleans.Log.Process.Faults.Server;
using Xunit.Abstractions;

namespace Orleans.Log.Process.Faults;

/// <summary>
/// The main job on real input: real system logs imported over HTTP, followed live, the process killed in between and restarted, and every byte
/// back.
/// </summary>
public sealed class MainJobTests(ITestOutputHelper output)
{
    [LoghubFact]
    public async Task Real_logs_imported_followed_killed_and_restarted_come_back_byte_for_byte()
    {
        using var folder = new DataFolder();
        var port = ServerProcess.FreePort();
        var server = await ServerProcess.StartAsync(folder.Data, port);
        var files = Loghub.Files;
        var records = 0;
        try
        {
            foreach (var file in files)
            {
                var stream = Path.GetFileNameWithoutExtension(file);
                using var client = new LogClient(server.Address);
                await client.EnsureStreamAsync(stream);
                await using var follower = new EventFollower(server.Address, stream);

                // Killed while the import is under way, as soon as the follower has seen the first of it; the import carries on by itself.
                var import = Olog.RunAsync(server.Address, "import", file, stream);
                await follower.ReachAsync(1);
                await server.KillAsync();
                server = await ServerProcess.StartAsync(folder.Data, port);
                var (code, errors) = await import;
                code.ShouldBe(0, errors);

                // Repeating it doubles nothing.
                (await Olog.RunAsync(server.Address, "import", file, stream)).ExitCode.ShouldBe(0);

                var lines = Lines(await File.ReadAllBytesAsync(file));
                await follower.ReachAsync(lines.Count);
                (await client.CheckTailAsync(stream)).Tail.ShouldBe(lines.Count);
                var followed = follower.Payloads;
                for (var i = 0; i < lines.Count; i++)
                    Same(followed[i], lines[i]).ShouldBeTrue($"{stream}, record {i}");

                records += lines.Count;
            }

            await server.KillAsync();
            server = await ServerProcess.StartAsync(folder.Data, port);
            foreach (var file in files)
            {
                var copy = folder.FileBeside(Path.GetFileName(file));
                var (code, errors) = await Olog.RunAsync(server.Address, "export", Path.GetFileNameWithoutExtension(file), copy);
                code.ShouldBe(0, errors);
                Same(await File.ReadAllBytesAsync(copy), await File.ReadAllBytesAsync(file)).ShouldBeTrue($"{file} must come back as it was");
            }
        }
        finally
        {
            await server.DisposeAsync();
        }

        output.WriteLine($"{files.Count} files, {records} records, {files.Count + 1} kills, byte for byte equal");
    }

    private static bool Same(byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right);

    /// <summary>What stands between line feeds; a last line without one counts, an empty one behind the last does not.</summary>
    private static List<byte[]> Lines(byte[] file)
    {
        var lines = new List<byte[]>();
        var rest = file.AsSpan();
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            lines.Add((end < 0 ? rest : rest[..end]).ToArray());
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return lines;
    }
}

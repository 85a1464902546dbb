using System.Diagnostics;
using System.Text;
using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;

namespace Orleans.Log.Engine.Tests.Blobs;

/// <summary>Real processes with one store of files between them, one of which is killed in the middle of its work.</summary>
public sealed class BlobProcessTests : IDisposable
{
    private readonly string _root = Path.Combine(Path.GetTempPath(), "olog-blob-race-" + Guid.NewGuid().ToString("n"));
    private readonly List<Racer> _racers = [];

    public void Dispose()
    {
        foreach (var racer in _racers)
            racer.Dispose();

        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Processes_exclude_each_other_and_the_death_of_one_leaves_nothing_half_done()
    {
        using (var store = await OpenAsync())
            await BlobRacer.BeginAsync(store);

        for (var id = 0; id < 3; id++)
            _racers.Add(new Racer(_root, id));

        // One dies somewhere in its work, the others go on; each has done its part before it ends.
        await _racers[0].WhenSaidAsync(25);
        _racers[0].Kill();
        foreach (var survivor in _racers.Skip(1))
        {
            await survivor.WhenSaidAsync(60);
            await survivor.EndAsync();
        }

        using var last = await OpenAsync();
        var counted = _racers.Sum(racer => racer.Lines.Count(line => line == "counted"));
        (await BlobRacer.CountOfAsync(last)).ShouldBeInRange(counted, counted + 1, "the one that was killed may have counted without saying so");

        foreach (var (racer, round) in _racers.SelectMany(racer => racer.Puts, (racer, round) => (racer, round)))
            (await OwnerOfAsync(last, BlobRacer.NameOf(round))).ShouldBe(racer.Id, $"round {round}");

        _racers.SelectMany(racer => racer.Puts).ShouldBeUnique();
        var listed = (await last.ListAsync("segments/")).Blobs;
        listed.Count.ShouldBeInRange(_racers.Sum(racer => racer.Puts.Count()), _racers.Sum(racer => racer.Puts.Count()) + 1);
        foreach (var blob in listed)
            (await OwnerOfAsync(last, blob.Name)).ShouldBeInRange(0, 2);

        Directory.EnumerateFiles(_root, "_*-*", SearchOption.AllDirectories).ShouldBeEmpty("what the dead one left is swept");
        Directory.EnumerateFiles(Path.Combine(_root, "_writers")).Count().ShouldBe(1);
    }

    private Task<FileBlobStore> OpenAsync() => FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = HostDisk.Open(_root) });

    private static async Task<int> OwnerOfAsync(FileBlobStore store, BlobName name)
    {
        var bytes = new byte[30_000];
        var range = await store.ReadAsync(name, 0, bytes);
        range.Count.ShouldBe(20_002);
        bytes.AsSpan(2, 20_000).ContainsAnyExcept((byte)'x').ShouldBeFalse();
        return bytes[0] - '0';
    }

    private sealed class Racer : IDisposable
    {
        private readonly Process _process;
        private readonly SemaphoreSlim _said = new(0);
        private readonly List<string> _lines = [];

        public Racer(string root, int id)
        {
            Id = id;
            var start = new ProcessStartInfo("dotnet", [typeof(BlobRacer).Assembly.Location, BlobRacer.Verb, root, $"{id}"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
                StandardOutputEncoding = Encoding.ASCII,
            };
            _process = Process.Start(start)!;
            _process.OutputDataReceived += (_, line) => Hear(line.Data);
            _process.BeginOutputReadLine();
        }

        public int Id { get; }

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public IEnumerable<int> Puts => Lines.Where(line => line.StartsWith("put ", StringComparison.Ordinal)).Select(line => int.Parse(line[4..]));

        public async Task WhenSaidAsync(int lines)
        {
            for (var heard = 0; heard < lines; heard++)
                (await _said.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBeTrue($"process {Id} said only {heard} of {lines} lines");
        }

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public async Task EndAsync()
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            _process.ExitCode.ShouldBe(0);
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                Kill();

            _process.Dispose();
        }

        private void Hear(string? line)
        {
            if (line is null)
                return;

            lock (_lines)
                _lines.Add(line);

            _said.Release();
        }
    }
}

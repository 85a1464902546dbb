using Orleans.Log.Engine.Blobs;
using Orleans.Log.Engine.Disk;
using Orleans.Log.Engine.Simulation.Disk;
using Xunit.Abstractions;

namespace Orleans.Log.Engine.Simulation.BlobLevel;

public sealed class BlobCrashTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_legal_disk_after_a_crash_at_any_call_holds_whole_blobs_and_all_that_were_acknowledged()
    {
        var (traces, moments, images) = (SuiteForm.Choose(6, 500), 0, 0);
        for (var seed = 1; seed <= traces; seed++)
        {
            var found = Trace(seed, steps: 40, imagesPerMoment: SuiteForm.Choose(8, 512));
            (moments, images) = (moments + found.Moments, images + found.Images);
        }

        SuiteSummary.Say(output, $"Blob crash images: {traces} traces, {moments} moments, {images} images");
    }

    [Fact]
    public void A_store_keeps_every_blob_through_crashes_and_failures_of_its_disk()
    {
        var (seeds, crashes, failures, unknown) = (SuiteForm.Choose(60, 20_000), 0, 0, 0);
        for (var seed = 1; seed <= seeds; seed++)
        {
            var world = new BlobWorld(seed);
            var random = new Random(seed);
            for (var life = 0; life < 6; life++)
            {
                for (var left = random.Next(40); left > 0; left--)
                {
                    if (random.Next(8) == 0)
                        world.Disk.Faults.Plan(Failing[random.Next(Failing.Length)], 1 + random.Next(2), random.Next(2) == 0 ? DiskFault.Error : DiskFault.Full);

                    world.Step();
                }

                world.Crash();
            }

            (crashes, failures, unknown) = (crashes + world.Crashes, failures + world.Failures, unknown + world.UnknownOutcomes);
        }

        unknown.ShouldBeGreaterThan(0);
        SuiteSummary.Say(output, $"Blob seeds: {seeds} seeds, {crashes} crashes survived, {failures} calls failed, {unknown} of them with an outcome unknown");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void A_seed_replays_identically(int seed)
    {
        Hash(seed).ShouldBe(Hash(seed));
        Hash(seed).ShouldNotBe(Hash(seed + 1000));

        static ulong Hash(int seed)
        {
            var (world, hash) = (new BlobWorld(seed), 17ul);
            for (var life = 0; life < 6; life++)
            {
                for (var left = 0; left < 40; left++)
                    world.Step();

                hash = (hash ^ world.Disk.TraceHash) * 1099511628211;
                world.Crash();
            }

            return hash;
        }
    }

    /// <summary>Between the renaming of a file and the flush of its directory the new content is there and may be lost: whoever looks must wait, or be shown the old one.</summary>
    [Fact]
    public void What_a_reader_is_shown_no_crash_takes_back()
    {
        var (shown, waited) = (0, 0);
        for (var seed = 1; seed <= SuiteForm.Choose(6, 500); seed++)
        {
            var world = new BlobWorld(seed);
            var store = world.Store;
            var looking = false;
            world.Disk.Observer = _ =>
            {
                if (looking)
                    return;

                looking = true;
                foreach (var name in world.Expect().Where(blob => blob.Value.Length > 1).Select(blob => new BlobName(blob.Key)))
                {
                    var head = store.HeadAsync(name).AsTask();
                    if (!head.IsCompleted)
                    {
                        waited++;
                        continue;
                    }

                    shown++;
                    ulong number = 1 << 20;
                    var disk = world.Disk.Capture().Nothing();
                    using var next = FileBlobStore.OpenAsync(new FileBlobStoreHost { Disk = disk, NewNumber = () => ++number, OnCallersThread = true }).Result;
                    if (next.HeadAsync(name).AsTask().Result != head.Result)
                        throw new BrokenPromiseException($"Seed {seed}: a reader was shown {head.Result} of '{name}', which a crash takes back.");
                }

                looking = false;
            };
            for (var i = 0; i < 40; i++)
                world.Step();
        }

        shown.ShouldBeGreaterThan(100);
        waited.ShouldBeGreaterThan(100);
        SuiteSummary.Say(output, $"Blob readers: {shown} were shown what was durable, {waited} waited");
    }

    public static TheoryData<string> Bugs => [.. Enum.GetNames<FlushBug>()];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_flush_that_is_left_out_is_caught(string bug)
    {
        var caught = Enumerable.Range(1, 20).Select(seed => Failure(seed, Enum.Parse<FlushBug>(bug))).FirstOrDefault(failure => failure is not null);
        caught.ShouldNotBeNull($"{bug} survived 20 traces.");
        SuiteSummary.Say(output, $"Planted {bug}: {caught[..Math.Min(200, caught.Length)]}");
    }

    private static readonly DiskCall[] Failing =
        [DiskCall.Create, DiskCall.Write, DiskCall.Flush, DiskCall.Rename, DiskCall.FlushDirectory, DiskCall.FlushDirectory, DiskCall.Delete, DiskCall.CreateDirectory];

    private static string? Failure(int seed, FlushBug bug)
    {
        try
        {
            Trace(seed, steps: 30, imagesPerMoment: 6, disk => new ForgetfulDisk(disk, bug));
            return null;
        }
        catch (BrokenPromiseException caught)
        {
            return caught.Message.ReplaceLineEndings(" ");
        }
    }

    private static (int Moments, int Images) Trace(int seed, int steps, int imagesPerMoment, Func<SimulatedDisk, IDisk>? through = null)
    {
        var moments = new List<(CrashPoint Disk, SimulatedDisk Process, IReadOnlyDictionary<string, byte[]?[]> Expected)>();
        var world = new BlobWorld(seed, through);
        world.Disk.Observer = _ => moments.Add((world.Disk.Capture(), world.Disk.AfterProcessDeath(), world.Expect()));
        for (var i = 0; i < steps; i++)
            world.Step();

        world.Disk.Observer = null;
        var images = 0;
        var random = new Random(seed);
        foreach (var (disk, process, expected) in moments)
        {
            foreach (var image in disk.Images(random, imagesPerMoment).Append(process))
            {
                images++;
                try
                {
                    // What the next process was shown is so for the one after it too, if the machine dies at once.
                    var found = BlobWorld.Judge(image, expected, through?.Invoke(image));
                    BlobWorld.Judge(image.Capture().Nothing(), found.ToDictionary(blob => blob.Key, blob => new[] { blob.Value }, StringComparer.Ordinal));
                }
                catch (Exception error)
                {
                    throw new BrokenPromiseException($"Blob trace {seed}, image {images}: {error}");
                }
            }
        }

        return (moments.Count, images);
    }
}

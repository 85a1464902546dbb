using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Orleans.Log.Client;
using Orleans.Log.Process.Faults.Server;

namespace Orleans.Log.Process.Faults;

/// <summary>Why the server does not start: one line on standard error, one exit code, and nothing touched.</summary>
public sealed class StartRefusalTests
{
    [Fact]
    public async Task A_directory_that_another_process_has_open_is_refused_and_that_process_goes_on()
    {
        using var folder = new DataFolder();
        await using var first = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort());

        await ShouldRefuseAsync(folder.Data, code: 3, "another process");

        using var http = new HttpClient();
        (await http.GetAsync(new Uri(first.Address, "/health"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await first.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_directory_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        using var folder = new DataFolder();
        await using (var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort()))
            (await server.StopAsync()).ShouldBe(0);

        foreach (var slot in new[] { "control.a", "control.b" })
            MakeNewer(Path.Combine(folder.Data, slot));

        var before = Fingerprint(folder.Data);
        await ShouldRefuseAsync(folder.Data, code: 4, "version");
        Fingerprint(folder.Data).ShouldBe(before);
    }

    [Fact]
    public async Task A_folder_with_something_else_in_it_is_refused_and_left_as_it_is()
    {
        using var folder = new DataFolder();
        Directory.CreateDirectory(folder.Data);
        await File.WriteAllTextAsync(Path.Combine(folder.Data, "holiday.txt"), "photos");

        await ShouldRefuseAsync(folder.Data, code: 5, "holiday.txt");
        (await File.ReadAllTextAsync(Path.Combine(folder.Data, "holiday.txt"))).ShouldBe("photos");
        Directory.GetFileSystemEntries(folder.Data).Select(Path.GetFileName).ShouldBe(["holiday.txt"]);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_refused()
    {
        using var folder = new DataFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        await ShouldRefuseAsync(folder.Data, code: 7, "address already in use", port: ((IPEndPoint)listener.LocalEndpoint).Port);
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:5075", "--allow-insecure")]
    [InlineData("--wal-iodepth=3", "Unknown option")]
    [InlineData("--data=elsewhere", "--data is given twice")]
    [InlineData("--wal-io-depth=99", "--wal-io-depth must be")]
    [InlineData("--blobs=/", "must not lie in one another")]
    public async Task A_wrong_option_is_refused_before_anything_is_made(string option, string says)
    {
        using var folder = new DataFolder();

        await ShouldRefuseAsync(folder.Data, code: 2, says, options: [option]);
        Directory.Exists(folder.Data).ShouldBeFalse();
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_refused()
    {
        using var folder = new DataFolder();
        await File.WriteAllTextAsync(folder.Data, "a file, where the directory should be");

        await ShouldRefuseAsync(folder.Data, code: 6, folder.Data);
    }

    [Fact]
    public async Task A_directory_that_has_used_a_blob_store_is_refused_without_it_and_with_another_one()
    {
        using var folder = new DataFolder();
        await RunOnceAsync(folder);

        await ShouldRefuseAsync(folder.Data, code: 8, "blob store", options: ["--blobs", "none"]);
        await ShouldRefuseAsync(folder.Data, code: 8, "store", options: ["--blobs", folder.FileBeside("other")]);
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), ["--blobs", folder.Blobs]);
        (await server.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Lost_binding_refuses_a_start_without_a_blob_store()
    {
        using var folder = new DataFolder();
        await RunOnceAsync(folder);
        File.Delete(Path.Combine(folder.Data, "store"));

        await ShouldRefuseAsync(folder.Data, code: 8, "such as s up to record 1", options: ["--blobs", "none"]);
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), ["--blobs", folder.Blobs]);
        using var client = new LogClient(server.Address);
        (await client.ReadAsync("s", ReadStart.AtLsn(0))).Records[0].Text.ShouldBe("a");
        (await server.StopAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Lost_control_slots_are_not_called_an_empty_directory()
    {
        using var folder = new DataFolder();
        await RunOnceAsync(folder);
        File.Delete(Path.Combine(folder.Data, "control.a"));
        File.Delete(Path.Combine(folder.Data, "control.b"));
        var before = Fingerprint(folder.Data);

        await ShouldRefuseAsync(folder.Data, code: 5, "'control.a' and 'control.b'", options: ["--blobs", folder.Blobs]);
        await ShouldRefuseAsync(folder.Data, code: 5, "'control.a' and 'control.b'", options: ["--blobs", folder.Blobs, "--restore"]);
        Fingerprint(folder.Data).ShouldBe(before);
    }

    [Fact]
    public async Task An_empty_directory_is_refused_while_the_blob_store_has_streams_of_a_node_that_may_live()
    {
        using var folder = new DataFolder();
        await RunOnceAsync(folder);
        Directory.Delete(folder.Data, recursive: true);

        await ShouldRefuseAsync(folder.Data, code: 10, "restore", options: ["--blobs", folder.Blobs]);
    }

    [Fact]
    public async Task A_blob_store_that_is_something_else_is_refused_and_left_as_it_is()
    {
        using var folder = new DataFolder();
        Directory.CreateDirectory(folder.Blobs);
        await File.WriteAllTextAsync(Path.Combine(folder.Blobs, "holiday.txt"), "photos");

        await ShouldRefuseAsync(folder.Data, code: 8, "holiday.txt", options: ["--blobs", folder.Blobs]);
        Directory.GetFileSystemEntries(folder.Blobs).Select(Path.GetFileName).ShouldBe(["holiday.txt"]);
    }

    /// <summary>A node that has moved one stream to its store, and is gone.</summary>
    private static async Task RunOnceAsync(DataFolder folder)
    {
        await using var server = await ServerProcess.StartAsync(folder.Data, ServerProcess.FreePort(), ["--blobs", folder.Blobs]);
        using var client = new LogClient(server.Address);
        await client.EnsureStreamAsync("s");
        await client.AppendAsync("s", new[] { NewRecord.FromText("a") });
        (await client.SnapshotAsync("s")).Lsn.ShouldBe(1);
        (await server.StopAsync()).ShouldBe(0);
    }

    private static async Task ShouldRefuseAsync(string data, int code, string says, int? port = null, string[]? options = null)
    {
        await using var server = ServerProcess.Launch(data, port ?? ServerProcess.FreePort(), options);
        await server.WaitForExitAsync("to refuse to start");

        server.ExitCode.ShouldBe(code, server.Errors + server.Output);
        server.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem().ShouldContain(says);
    }

    /// <summary>Raises the version in a control slot (docs/FORMAT.md §2) and makes its checksum right again.</summary>
    private static void MakeNewer(string slot)
    {
        var bytes = File.ReadAllBytes(slot);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 3);
        bytes.AsSpan(8, 4).Clear();
        var crc = bytes.Aggregate(uint.MaxValue, BitOperations.Crc32C) ^ uint.MaxValue;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), crc);
        File.WriteAllBytes(slot, bytes);
    }

    private static string Fingerprint(string directory) =>
        string.Join('\n', Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"));
}

using System.Collections;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Log.Api.Endpoints;
using Orleans.Log.Engine;
using Orleans.Log.Engine.Wal;
using Orleans.Log.Api.Server.Settings;
using Orleans.Log.ServiceDefaults;
using Orleans.Log.Standalone.Settings;

namespace Orleans.Log.Standalone.Tests;

public sealed class SettingSourcesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orleans-log-settings-").FullName;

    private string JsonFile => Path.Combine(_directory, "appsettings.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Without_anything_given_the_node_listens_on_loopback_port_5075()
    {
        var options = Read();

        options.Server.Urls.ShouldHaveSingleItem().ToString().ShouldContain("127.0.0.1");
        options.Server.Urls[0].Port.ShouldBe(5075);
        Should.NotThrow(options.Validate);
    }

    [Fact]
    public void The_command_line_counts_before_the_environment_and_that_before_the_file()
    {
        File.WriteAllText(JsonFile, """{ "OrleansLog": { "WalIoDepth": 3, "WalPreparedFiles": 4, "WalBlockSize": "64KiB", "AllowInsecure": true } } // comment""");
        var environment = new Hashtable { ["ORLEANS_LOG_WAL_IO_DEPTH"] = "5", ["ORLEANS_LOG_WAL_PREPARED_FILES"] = "6", ["PATH"] = "/bin" };

        var options = Read(["--wal-io-depth", "7"], environment);

        options.Node.Wal.IoDepth.ShouldBe(7);
        options.Node.Wal.PreparedFiles.ShouldBe(6);
        options.Node.Wal.BlockBytes.ShouldBe(64 * 1024);
        options.Server.AllowInsecure.ShouldBeTrue();
    }

    [Theory]
    [InlineData("--wal-sync=fdatasync --log-level=warning")]
    [InlineData("--wal-sync fdatasync --log-level Warning")]
    public void Values_follow_an_equals_sign_or_a_space(string line)
    {
        var options = Read(line.Split(' '));

        options.Node.Wal.WriteDurable.ShouldBeFalse();
        options.Server.LogLevel.ShouldBe(LogLevel.Warning);
    }

    [Fact]
    public void A_switch_needs_no_value_and_takes_one()
    {
        Read(["--allow-insecure", "--data", "x"]).Server.AllowInsecure.ShouldBeTrue();
        Read(["--allow-insecure", "false", "--data", "x"]).Server.AllowInsecure.ShouldBeFalse();
        Read(["--allow-insecure=false"]).Server.AllowInsecure.ShouldBeFalse();
    }

    [Theory]
    [InlineData("--wal-iodepth 3", "Unknown option '--wal-iodepth'")]
    [InlineData("data", "Unknown option 'data'")]
    [InlineData("--data", "--data needs a value")]
    [InlineData("--data a --data b", "--data is given twice")]
    [InlineData("--data=", "--data must name a directory")]
    [InlineData("--wal-io-depth 17", "--wal-io-depth must be a whole number from 1 to 16; it is '17'")]
    [InlineData("--wal-io-depth -1", "whole number")]
    [InlineData("--wal-file-size 1000000B", "--wal-file-size must be")]
    [InlineData("--wal-file-size 64MB", "--wal-file-size must be a size")]
    [InlineData("--wal-file-size 1MiB", "--wal-file-size must be a size from 9MiB to 1GiB, like 64MiB; it is '1MiB'")]
    [InlineData("--wal-file-size 2GiB", "--wal-file-size must be a size from 9MiB to 1GiB, like 64MiB; it is '2GiB'")]
    [InlineData("--cache-disk 1MiB", "--cache-disk must be a size from 16MiB to 1048576GiB, like 64MiB, or none; it is '1MiB'")]
    [InlineData("--offload-bandwidth 1", "--offload-bandwidth must be a size of at least 64KiB, like 64MiB, or none; it is '1'")]
    [InlineData("--wal-in-flight 99999999999999999999GiB", "--wal-in-flight must be a size")]
    [InlineData("--wal-quiet-after 5", "like 30s")]
    [InlineData("--wal-quiet-after 11s", "from 1ms to 10s")]
    [InlineData("--wal-sync maybe", "must be one of direct, fdatasync")]
    [InlineData("--wal-sync 1", "must be one of direct, fdatasync")]
    [InlineData("--allow-insecure=1", "--allow-insecure must be true or false")]
    [InlineData("--urls https://127.0.0.1:1", "TLS is the business of a proxy")]
    [InlineData("--urls http://unix:/tmp/x", "without a path")]
    [InlineData("--urls http://127.0.0.1:70000", "port")]
    [InlineData("--urls ;", "at least one address")]
    [InlineData("--urls nonsense", "must be addresses")]
    public void What_cannot_be_taken_is_refused_by_name(string line, string message) =>
        Should.Throw<SettingException>(() => Read(line.Split(' '))).Message.ShouldContain(message);

    [Fact]
    public void A_name_that_means_nothing_is_refused_in_the_environment_and_in_the_file_too()
    {
        Should.Throw<SettingException>(() => Read([], new Hashtable { ["ORLEANS_LOG_DATAA"] = "/x" })).Message.ShouldContain("ORLEANS_LOG_DATAA");
        Should.NotThrow(() => Read([], new Hashtable { ["ORLEANS_LOG_LONG"] = "1" }));

        File.WriteAllText(JsonFile, """{ "OrleansLog": { "Dataa": "/x" }, "Logging": {} }""");
        Should.Throw<SettingException>(() => Read()).Message.ShouldContain("OrleansLog:Dataa");
    }

    [Theory]
    [InlineData("ORLEANS_LOG_SERVICE_HOST", "10.0.0.11")]
    [InlineData("ORLEANS_LOG_SERVICE_PORT", "5075")]
    [InlineData("ORLEANS_LOG_SERVICE_PORT_HTTP_API", "5075")]
    [InlineData("ORLEANS_LOG_PORT", "tcp://10.0.0.11:5075")]
    [InlineData("ORLEANS_LOG_PORT_5075_TCP", "tcp://10.0.0.11:5075")]
    [InlineData("ORLEANS_LOG_PORT_5075_TCP_PROTO", "tcp")]
    [InlineData("ORLEANS_LOG_PORT_5075_TCP_PORT", "5075")]
    [InlineData("ORLEANS_LOG_PORT_5075_TCP_ADDR", "10.0.0.11")]
    [InlineData("ORLEANS_LOG_PORT_53_UDP", "udp://10.0.0.11:53")]
    [InlineData("ORLEANS_LOG_METRICS_PORT", "tcp://10.0.0.12:80")]
    [InlineData("ORLEANS_LOG_DATA_SERVICE_HOST", "10.0.0.13")]
    public void Variables_of_a_Kubernetes_service_are_passed_over(string name, string value) =>
        Read([], new Hashtable { [name] = value, ["ORLEANS_LOG_WAL_IO_DEPTH"] = "5" }).Node.Wal.IoDepth.ShouldBe(5);

    [Theory]
    [InlineData("ORLEANS_LOG_PORT", "5075")]
    [InlineData("ORLEANS_LOG_PORT_5075", "x")]
    [InlineData("ORLEANS_LOG_PORT_HTTP_TCP", "x")]
    [InlineData("ORLEANS_LOG_HOST", "10.0.0.11")]
    [InlineData("ORLEANS_LOG_SERVICE_HOSTS", "10.0.0.11")]
    public void Mistyped_names_are_refused_however_much_like_a_service(string name, string value) =>
        Should.Throw<SettingException>(() => Read([], new Hashtable { [name] = value })).Message.ShouldContain(name);

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("""{ "OrleansLog": 1 }""", "must be an object")]
    [InlineData("""{ "OrleansLog": { "WalIoDepth": "many" } }""", "OrleansLog:WalIoDepth must be a whole number")]
    public void A_file_that_cannot_be_taken_is_refused(string json, string message)
    {
        File.WriteAllText(JsonFile, json);
        Should.Throw<SettingException>(() => Read()).Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("--wal-file-size 64MiB --wal-disk-budget 100MiB",
        "--wal-disk-budget must be a size of at least 128MiB, like 64MiB; it is '100MiB'. The range follows from --wal-file-size")]
    [InlineData("--wal-file-size 16MiB --wal-control-reserve 8MiB",
        "--wal-control-reserve must be a size from 64KiB to 4MiB, like 64MiB; it is '8MiB'. The range follows from --wal-file-size")]
    [InlineData("--wal-file-size 1GiB --wal-disk-budget 1GiB", "--wal-disk-budget must be a size of at least 2GiB")]
    public void Options_that_do_not_go_together_are_refused(string line, string message) =>
        Should.Throw<SettingException>(() => Read(line.Split(' ')).Validate()).Message.ShouldStartWith(message);

    [Fact]
    public void Every_refused_value_is_named_with_option_and_range()
    {
        var refused = 0;
        foreach (var setting in SettingTable.All.Where(setting => Values(setting.Kind).Length > 0))
        {
            foreach (var value in Values(setting.Kind))
            {
                try
                {
                    Read([$"--{setting.Name}={value}"]).Validate();
                }
                catch (SettingException error)
                {
                    refused++;
                    error.Message.ShouldStartWith($"--{setting.Name} must be ");
                    error.Message.ShouldContain($"; it is '{value}'");
                    error.Message.ShouldNotContain("Options");
                    if (setting.Kind is SettingKind.Number or SettingKind.Size or SettingKind.Duration)
                        error.Message.ShouldMatch("must be a (whole number|size|time) (from .+ to |of at least )");
                }
            }
        }

        refused.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Every_range_of_the_engine_has_the_name_of_a_setting()
    {
        var options = new LogNodeOptions();
        string[] paths =
        [
            .. Ranged(options, ""),
            .. Ranged(options.Wal, "Wal."),
            .. Ranged(options.Offload, "Offload."),
            .. Ranged(options.SegmentCache, "SegmentCache."),
        ];

        var unnamed = paths.Where(path => EngineRange.SettingOf(path) is null);

        unnamed.ShouldBe(["Wal.LargestBodyBytes", "Offload.RetryFrom", "Offload.RetryTo"], ignoreOrder: true);
    }

    [Fact]
    public void The_blob_store_is_where_it_is_said_to_be()
    {
        Read(["--data", "/d"]).BlobDirectory().ShouldBe("/d-blobs");
        Read(["--data", "/d/", "--blobs", "default"]).BlobDirectory().ShouldBe("/d-blobs");
        Read(["--data", "/d", "--blobs", "/b"]).BlobDirectory().ShouldBe("/b");
        Read(["--data", "/d", "--blobs", "none"]).BlobDirectory().ShouldBeNull();
    }

    [Fact]
    public void A_restore_needs_a_blob_store()
    {
        Should.Throw<SettingException>(() => Read(["--restore", "--blobs", "none"]).Validate()).Message.ShouldContain("--blobs");
        Should.NotThrow(() => Read(["--restore", "--blobs", "/b"]).Validate());
    }

    [Theory]
    [InlineData("/d", "/d")]
    [InlineData("/d", "/d/blobs")]
    [InlineData("/b/data", "/b")]
    [InlineData("/b/data", "/")]
    public void A_blob_store_that_would_go_with_the_data_is_refused(string data, string blobs) =>
        Should.Throw<SettingException>(() => Read(["--data", data, "--blobs", blobs]).Validate()).Message.ShouldContain("must not lie in one another");

    [Fact]
    public void With_a_blob_store_the_log_has_a_budget_unless_it_is_told_otherwise()
    {
        Read(["--blobs", "none"]).Node.Wal.DiskBudgetBytes.ShouldBe(long.MaxValue);
        Read(["--blobs", "/b"]).Node.Wal.DiskBudgetBytes.ShouldBe(4L << 30);
        Read(["--wal-disk-budget", "1GiB", "--blobs", "/b"]).Node.Wal.DiskBudgetBytes.ShouldBe(1L << 30);
        Read(["--wal-disk-budget", "none", "--blobs", "/b"]).Node.Wal.DiskBudgetBytes.ShouldBe(long.MaxValue);
    }

    [Fact]
    public void Every_default_that_is_shown_is_the_default_that_counts()
    {
        foreach (var setting in SettingTable.All.Where(setting => setting.Name is not ("data" or "wal-disk-budget")))
        {
            var options = new StandaloneOptions();
            setting.Apply(options, setting.Default);

            Show(options).ShouldBe(Show(new StandaloneOptions()), setting.Name);
        }
    }

    [Fact]
    public void Every_option_of_the_engine_and_of_the_api_can_be_set()
    {
        var options = new StandaloneOptions();
        foreach (var setting in SettingTable.All)
        {
            var other = setting.Kind switch
            {
                SettingKind.Switch => "true",
                SettingKind.Number => "3",
                SettingKind.Size => "8MiB",
                SettingKind.Duration => "7s",
                _ => OtherText(setting.Name),
            };
            setting.Apply(options, setting.Name switch
            {
                "wal-block-size" => "8KiB",
                "request-bodies" or "response-bodies" or "cache-disk" or "wal-file-size" or "wal-disk-budget" => "32MiB",
                _ => other,
            });
        }

        // LargestBodyBytes is a property of the format, lowered by tests only; Wal is where the options of the log are.
        Unchanged(options.Node.Wal, new WalOptions()).ShouldBe([nameof(WalOptions.LargestBodyBytes)]);
        Unchanged(options.Node, new LogNodeOptions()).ShouldBeEmpty();
        Unchanged(options.Node.SegmentCache, new SegmentCacheOptions()).ShouldBeEmpty();

        // How the pauses after a failure grow is nobody's to tune.
        Unchanged(options.Node.Offload, new OffloadOptions()).ShouldBe([nameof(OffloadOptions.RetryFrom), nameof(OffloadOptions.RetryTo)]);
        Unchanged(options.Server.Api, new OrleansLogEndpointOptions()).ShouldBeEmpty();
    }

    [Fact]
    public void Names_are_unique_and_help_shows_them_all()
    {
        SettingTable.All.Select(setting => setting.Name).ShouldBeUnique();
        foreach (var setting in SettingTable.All)
            HelpText.Render().ShouldContain("--" + setting.Name + " ");
    }

    private static string[] Values(SettingKind kind) => kind switch
    {
        SettingKind.Switch => ["maybe", ""],
        SettingKind.Choice => ["other", ""],
        SettingKind.Number => ["-1", "0", "1", "16", "17", "257", "1000000", "2147483647", "many"],
        SettingKind.Size =>
            ["0", "1", "4KiB", "64KiB", "1MiB", "8MiB", "16MiB", "64MiB", "1025MiB", "1GiB", "20GiB", "80GiB", "9999999GiB", "1048577", "-"],
        SettingKind.Duration => ["0s", "1ms", "500ms", "1s", "11s", "31s", "11m", "61m", "25h", "721h", "5"],
        _ => [],
    };

    private static IEnumerable<string> Ranged<T>(T options, string path) =>
        from property in typeof(T).GetProperties()
        let type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType
        where type == typeof(int) || type == typeof(long) || type == typeof(TimeSpan)
        select path + property.Name;

    private static string OtherText(string name) => name switch
    {
        "urls" => "http://[::1]:1",
        "log-level" => "none",
        "wal-sync" => "fdatasync",
        "allowed-hosts" => "else.where",
        _ => "https://else.where",
    };

    private static IEnumerable<string> Unchanged<T>(T options, T defaults) =>
        from property in typeof(T).GetProperties()
        where JsonSerializer.Serialize(property.GetValue(options)) == JsonSerializer.Serialize(property.GetValue(defaults))
        select property.Name;

    private static string Show(StandaloneOptions options) => JsonSerializer.Serialize(new
    {
        Urls = options.Server.Urls.Select(address => address.Text),
        options.Server.AllowInsecure,
        options.Server.LogLevel,
        options.Server.ShutdownTimeout,
        options.Server.MaxConnections,
        options.Blobs,
        options.Restore,
        options.Node,
        options.Server.Api,
    });

    private StandaloneOptions Read(string[]? arguments = null, Hashtable? environment = null) =>
        SettingSources.Read(arguments ?? [], environment ?? [], JsonFile);
}

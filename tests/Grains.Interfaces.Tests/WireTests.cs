using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Log.Grains.Wire;
using Orleans.Serialization;

namespace Orleans.Log.Grains.Interfaces.Tests;

/// <summary>What goes between silos comes out as it went in.</summary>
public sealed class WireTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    public static TheoryData<object> Values => new(
        new StreamId(new UInt128(0x0123456789ABCDEF, 0xFEDCBA9876543210)),
        StreamName.Parse("orders"),
        new StreamPosition(1, 2, Sealed: true, LastTimestamp: 3, Offloaded: 1),
        new StreamPosition(0, 0, Sealed: false, LastTimestamp: null),
        new SnapshotInfo(7, 8, DateTimeOffset.UnixEpoch.AddDays(1), 9),
        new ProducerStamp("p", 1, 2),
        new AppendConditions(),
        new AppendConditions(5, "token", new ProducerStamp("p", 1, 2)),
        new AppendResult(1, 2, 3, Duplicate: true),
        new ReadRequest { Origin = ReadOrigin.Last, Start = 4, MaxRecords = 5, MaxBytes = 6, Until = 7, Wait = TimeSpan.FromSeconds(8), Clamp = true },
        new EnsureCondition(MustBeNew: true, MustExist: true, ConfigVersion: 3),
        Config,
        Description,
        Description with { Available = false },
        new EnsureResult(Description, Created: true),
        new MemberDescription("127.0.0.1:1@1", "silo-1", "active"),
        new NodeDescription(Guid.NewGuid(), Guid.NewGuid(), NodeCondition.Away, "silo", DateTimeOffset.UnixEpoch, 1, 2, 3, 4, TimeSpan.FromSeconds(5)),
        new SenderOrder(Guid.NewGuid(), 5, 3));

    private static StreamConfig Config => new()
    {
        MaxRecordBytes = 11,
        ProducerExpiry = TimeSpan.FromHours(2),
        TimestampLead = TimeSpan.FromMinutes(6),
        RetentionAge = TimeSpan.FromDays(3),
        RetentionBytes = 4,
        RetentionRecords = 5,
        Labels = ImmutableSortedDictionary<string, string>.Empty.Add("a", "b"),
    };

    private static StreamDescription Description =>
        new(StreamName.Parse("s"), new StreamId(5), 1, 9, 2, true, true, 3, 4, 5, Config, 6, DateTimeOffset.UnixEpoch.AddHours(7));

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_of_the_port_comes_out_as_it_went_in(object value) => Trip(value).ShouldBe(value);

    [Fact]
    public void A_change_of_configuration_keeps_what_it_does_not_say()
    {
        var patch = new StreamConfigPatch
        {
            MaxRecordBytes = 5,
            TimestampLead = TimeSpan.FromMinutes(7),
            RetentionAge = BoundChange.Lift<TimeSpan>(),
            RetentionBytes = 7,
            Labels = new Dictionary<string, string?>(StringComparer.Ordinal) { ["a"] = null, ["c"] = "d" },
        };

        var changed = Trip(patch).ApplyTo(Config);

        changed.ShouldBe(patch.ApplyTo(Config));
        changed.RetentionAge.ShouldBeNull();
        changed.RetentionRecords.ShouldBe(5);
    }

    [Fact]
    public void A_listing_comes_out_as_it_went_in()
    {
        var page = Trip(new StreamPage([Description], StreamName.Parse("s")));

        page.Streams.ShouldBe([Description]);
        page.NextAfter.ShouldBe(StreamName.Parse("s"));
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_refusal_keeps_its_code_and_its_facts(LogErrorCode code)
    {
        var facts = new LogErrorFacts(1, 2, 3, 4, 5, 6, 7, "bytes", 8, "why", 9);

        var error = Trip<Exception>(new LogException(code, "message", facts)).ShouldBeOfType<LogException>();

        (error.Code, error.Message, error.Facts).ShouldBe((code, "message", facts));
    }

    public static TheoryData<LogErrorCode> Codes => [.. LogErrors.All];

    [Fact]
    public void A_code_of_a_newer_version_is_a_failure_of_which_nothing_is_known()
    {
        var error = new LogExceptionConverter().ConvertFromSurrogate(new LogExceptionWire { Code = "from_the_future", Message = "message" });

        error.SideEffects.ShouldBe(SideEffects.Possible);
        error.Message.ShouldContain("from_the_future");
    }

    [Fact]
    public void A_batch_comes_out_as_it_went_in()
    {
        var headers = new[] { new RecordHeader(Bytes("k"), Bytes("v")), new RecordHeader(Bytes("k2"), Bytes(string.Empty)) };
        var batch = new RecordBatch(new[]
        {
            new AppendRecord(new ReadOnlySequence<byte>(Bytes("one")), headers, 5),
            new AppendRecord(ReadOnlySequence<byte>.Empty),
            new AppendRecord(new ReadOnlySequence<byte>(Bytes("three")), headers.AsMemory(1), null),
        });

        var call = Trip(new AppendCall(new StreamId(1), RecordBlock.Of(batch), new AppendConditions(ExpectedTail: 4), new SenderOrder(Guid.Empty, 1, 0)));

        var arrived = call.Records.ToBatch();
        arrived.Count.ShouldBe(3);
        arrived.SizeBytes.ShouldBe(batch.SizeBytes);
        Encoding.UTF8.GetString(arrived[0].Payload).ShouldBe("one");
        (arrived[0].Timestamp, arrived[1].Timestamp).ShouldBe((5L, null));
        arrived[0].Headers.Length.ShouldBe(2);
        Encoding.UTF8.GetString(arrived[0].Headers.Span[1].Name.Span).ShouldBe("k2");
        Encoding.UTF8.GetString(arrived[2].Headers.Span[0].Name.Span).ShouldBe("k2");
        (call.Stream, call.Conditions.ExpectedTail, call.Order!.Value.Number).ShouldBe((new StreamId(1), 4L, 1L));
    }

    [Fact]
    public void The_memory_of_a_batch_is_free_when_it_is_wrapped()
    {
        var payload = Bytes("before");
        var block = RecordBlock.Of(new RecordBatch(payload));

        payload.AsSpan().Fill((byte)'x');

        Encoding.UTF8.GetString(block.ToBatch()[0].Payload).ShouldBe("before");
    }

    public static TheoryData<string, RecordBlock> Malformed => new()
    {
        { "a payload longer than the bytes", new RecordBlock { Bytes = new byte[3], Payloads = [4] } },
        { "a negative length", new RecordBlock { Bytes = new byte[3], Payloads = [-1] } },
        { "lengths that overflow", new RecordBlock { Bytes = new byte[3], Payloads = [int.MaxValue, int.MaxValue, 5] } },
        { "bytes left over", new RecordBlock { Bytes = new byte[3], Payloads = [2] } },
        { "too few timestamps", new RecordBlock { Bytes = new byte[2], Payloads = [1, 1], Timestamps = [5] } },
        { "header counts without lengths", new RecordBlock { Bytes = new byte[1], Payloads = [1], HeaderCounts = [1] } },
        { "lengths without header counts", new RecordBlock { Bytes = new byte[1], Payloads = [1], HeaderLengths = [0, 0] } },
        { "half a header", new RecordBlock { Bytes = new byte[1], Payloads = [1], HeaderCounts = [1], HeaderLengths = [0] } },
        { "more headers than lengths", new RecordBlock { Bytes = new byte[2], Payloads = [1], HeaderCounts = [2], HeaderLengths = [1, 0] } },
        { "fewer headers than lengths", new RecordBlock { Bytes = new byte[2], Payloads = [2], HeaderCounts = [0], HeaderLengths = [0, 0] } },
        { "a negative number of headers", new RecordBlock { Bytes = new byte[2], Payloads = [2], HeaderCounts = [-1], HeaderLengths = [0, 0] } },
        { "no arrays", new RecordBlock { Bytes = null!, Payloads = null! } },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_block_whose_lengths_do_not_fit_is_refused(string what, RecordBlock block) =>
        Should.Throw<LogException>(() => block.ToBatch(), what).Code.ShouldBe(LogErrorCode.BadRecord);

    [Fact]
    public void Every_type_of_the_wire_has_a_name_of_its_own()
    {
        var types = typeof(AppendCall).Assembly.GetTypes().Where(type => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false) && type.Namespace == typeof(AppendCall).Namespace).ToList();

        types.ShouldNotBeEmpty();
        var aliases = types.Select(type => type.GetCustomAttributes(typeof(AliasAttribute), inherit: false).Cast<AliasAttribute>().SingleOrDefault()?.Alias).ToList();
        aliases.ShouldAllBe(alias => alias != null && alias.StartsWith("olog.") && alias.EndsWith(".v1"));
        aliases.ShouldBeUnique();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private T Trip<T>(T value)
    {
        var serializer = _services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }
}

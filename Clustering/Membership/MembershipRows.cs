using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Runtime;

namespace Orleans.Log.Clustering.Membership;

/// <summary>The membership table as it stands in its metadata value (docs/FORMAT.md §19), all of it, because Orleans changes and reads it as one. Does not change.</summary>
/// <param name="Format">Number of the layout.</param>
/// <param name="Version">Of the table, as Orleans counts it.</param>
/// <param name="Revision">Grows with every row that is written; a row's etag is the one it was written with.</param>
/// <param name="Rows">One for each silo.</param>
internal sealed record MembershipRows(int Format, int Version, long Revision, ImmutableArray<MembershipRow> Rows)
{
    private const int Known = 1;

    /// <summary>A table without silos.</summary>
    public static MembershipRows Empty { get; } = new(Known, 0, 0, []);

    /// <summary>Reads a value. Throws <see cref="InvalidDataException"/> if it makes no sense.</summary>
    public static MembershipRows Read(ReadOnlySpan<byte> value)
    {
        try
        {
            var rows = JsonSerializer.Deserialize(value, MembershipJson.Default.MembershipRows) ?? throw new JsonException("It is null.");
            return rows.Format == Known
                ? rows
                : throw new InvalidDataException($"The membership table has format {rows.Format}; this version of the software knows {Known}.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"The membership table cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Its bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, MembershipJson.Default.MembershipRows);

    /// <summary>The row of a silo, or null.</summary>
    public MembershipRow? Find(SiloAddress silo) => Find(silo.ToParsableString());

    /// <summary>The row of a silo by the text of its address, or null.</summary>
    public MembershipRow? Find(string silo) => Rows.FirstOrDefault(row => row.Silo == silo);

    /// <summary>The table with the row of one silo added or replaced, under its next version.</summary>
    public MembershipRows With(MembershipEntry entry, int version)
    {
        var row = MembershipRow.Of(entry, Revision + 1);
        return this with { Version = version, Revision = row.Revision, Rows = [.. Rows.Where(other => other.Silo != row.Silo), row] };
    }
}

/// <summary>What the table says of one silo; times are UTC.</summary>
internal sealed record MembershipRow
{
    public required string Silo { get; init; }

    public required long Revision { get; init; }

    public required SiloStatus Status { get; init; }

    public required ImmutableArray<Suspicion> Suspicions { get; init; }

    public required int ProxyPort { get; init; }

    public required string? HostName { get; init; }

    public required string? SiloName { get; init; }

    public required string? RoleName { get; init; }

    public required int UpdateZone { get; init; }

    public required int FaultZone { get; init; }

    public required DateTime StartedAt { get; init; }

    public required DateTime AliveAt { get; init; }

    /// <summary>As Orleans compares it.</summary>
    [JsonIgnore]
    public string Etag => Revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>The latest sign of life or of anybody's opinion: what Orleans measures the age of a dead silo by.</summary>
    [JsonIgnore]
    public DateTime LastNews => Suspicions.Select(suspicion => suspicion.At).Append(StartedAt).Append(AliveAt).Max();

    public static MembershipRow Of(MembershipEntry entry, long revision) => new()
    {
        Silo = entry.SiloAddress.ToParsableString(),
        Revision = revision,
        Status = entry.Status,
        Suspicions = [.. (entry.SuspectTimes ?? []).Select(suspect => new Suspicion(suspect.Item1.ToParsableString(), Utc(suspect.Item2)))],
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartedAt = Utc(entry.StartTime),
        AliveAt = Utc(entry.IAmAliveTime),
    };

    /// <summary>For Orleans; everything in it is the caller's own.</summary>
    public MembershipEntry ToEntry() => new()
    {
        SiloAddress = SiloAddress.FromParsableString(Silo),
        Status = Status,
        SuspectTimes = [.. Suspicions.Select(suspicion => Tuple.Create(SiloAddress.FromParsableString(suspicion.By), suspicion.At))],
        ProxyPort = ProxyPort,
        HostName = HostName!,
        SiloName = SiloName!,
        RoleName = RoleName,
        UpdateZone = UpdateZone,
        FaultZone = FaultZone,
        StartTime = StartedAt,
        IAmAliveTime = AliveAt,
    };

    /// <summary>Orleans means UTC also where a time does not say so.</summary>
    private static DateTime Utc(DateTime time) => time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc);
}

/// <summary>Somebody's opinion that a silo is dead.</summary>
/// <param name="By">Address of the silo that thinks so.</param>
/// <param name="At">When.</param>
internal readonly record struct Suspicion(string By, DateTime At);

/// <summary>When a silo last said that it is alive; apart from the table, so that saying so disturbs nobody.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="At">UTC.</param>
internal sealed record Heartbeat(string Silo, DateTime At);

/// <summary>JSON, so that people can read it; what surrounds it in the store is checked there.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(MembershipRows))]
[JsonSerializable(typeof(Heartbeat))]
internal sealed partial class MembershipJson : JsonSerializerContext;

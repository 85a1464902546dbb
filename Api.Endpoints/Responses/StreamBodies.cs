using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Api.Endpoints.Responses;

/// <summary>The domain's shapes as the wire's.</summary>
internal static class StreamBodies
{
    public static StreamBody Of(StreamDescription stream) => new()
    {
        Name = stream.Name.Value,
        Id = stream.Id.ToString(),
        Head = stream.Head,
        Tail = stream.Tail,
        Offloaded = stream.Offloaded,
        Sealed = stream.Sealed,
        Fenced = stream.Fenced,
        Term = stream.Term,
        Bytes = stream.Bytes,
        LastTimestamp = stream.LastTimestamp,
        Config = new StreamConfigBody
        {
            MaxRecordBytes = stream.Config.MaxRecordBytes,
            ProducerExpirySeconds = (long)stream.Config.ProducerExpiry.TotalSeconds,
            TimestampLeadSeconds = (long)stream.Config.TimestampLead.TotalSeconds,
            RetentionAgeSeconds = (long?)stream.Config.RetentionAge?.TotalSeconds,
            RetentionBytes = stream.Config.RetentionBytes,
            RetentionRecords = stream.Config.RetentionRecords,
            Labels = stream.Config.Labels!,
        },
        ConfigVersion = stream.ConfigVersion,
        CreatedAt = stream.CreatedAt,
        Available = stream.Available ? null : false,
    };

    public static SnapshotBody Of(SnapshotInfo snapshot) =>
        new() { Lsn = snapshot.Lsn, Term = snapshot.Term, At = snapshot.At, Bytes = snapshot.Bytes };

    public static CommandBody Of(in StreamPosition position) =>
        new() { Position = position.Tail, Head = position.Head, Tail = position.Tail, Sealed = position.Sealed };
}

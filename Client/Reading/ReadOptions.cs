using System.Text;
using Orleans.Log.Api.Contracts;

namespace Orleans.Log.Client;

/// <summary>Bounds of a read. All of them hold together; a page has at least one record if there is one to be had.</summary>
public sealed record ReadOptions
{
    internal static ReadOptions Default { get; } = new();

    /// <summary>Most records, 1 to 10,000; null: the server's choice.</summary>
    public int? MaxRecords { get; init; }

    /// <summary>Most bytes, 1 to 4 MiB; null: the server's choice. The first record comes whatever its size.</summary>
    public int? MaxBytes { get; init; }

    /// <summary>Stop before the first record with this timestamp or a later one, in milliseconds since 1970 UTC.</summary>
    public long? Until { get; init; }

    /// <summary>How long to wait at the tail for a first record, up to 30 seconds, in whole seconds; then the page is empty.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Take a start outside of head and tail as the nearer of the two instead of refusing it. A follower then continues at the head where its next record has been trimmed.</summary>
    public bool Clamp { get; init; }

    /// <summary>
    /// Only of the stream with this identity (<see cref="RecordPage.StreamId"/>): if its name belongs to another one now, the read fails with
    /// <see cref="LogClientErrors.StreamReplaced"/>. Null: of whichever has the name.
    /// </summary>
    public string? StreamId { get; init; }

    internal string Query
    {
        get
        {
            var query = new StringBuilder();
            Add(WireRoutes.Limit, MaxRecords);
            Add(WireRoutes.MaxBytes, MaxBytes);
            Add(WireRoutes.Until, Until);
            Add(WireRoutes.Wait, Wait > TimeSpan.Zero ? (long)Math.Ceiling(Wait.TotalSeconds) : null);
            if (Clamp)
                query.Append('&').Append(WireRoutes.Clamp).Append("=true");

            if (StreamId is not null)
                query.Append('&').Append(WireRoutes.StreamId).Append('=').Append(StreamId);

            return query.ToString();

            void Add(string name, long? value)
            {
                if (value is { } number)
                    query.Append('&').Append(name).Append('=').Append(number);
            }
        }
    }
}

using Microsoft.AspNetCore.Http;
using Orleans.Log.Conformance;

namespace Orleans.Log.Client.Tests.Server;

/// <summary>
/// Loses, refuses and stalls the appends of sessions as it is told. A frame cannot be lost on a connection that stays, so the connection goes with it.
/// Requests are disturbed before they get here.
/// </summary>
internal sealed class DisturbedSessions(ILogService inner, Disturbances disturbances) : ILogService
{
    private static readonly AsyncLocal<HttpContext?> Session = new();

    /// <summary>The connection of the session that is being opened; set by whoever sees the request.</summary>
    public static HttpContext? Current
    {
        get => Session.Value;
        set => Session.Value = value;
    }

    public ValueTask<EnsureResult> EnsureAsync(StreamName name, StreamConfigPatch patch, EnsureCondition condition, CancellationToken cancellationToken) =>
        inner.EnsureAsync(name, patch, condition, cancellationToken);

    public ValueTask<bool> DeleteAsync(StreamName name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public ValueTask<StreamPage> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, after, limit, cancellationToken);

    public async ValueTask<ILogStream> OpenAsync(StreamName name, CancellationToken cancellationToken)
    {
        var stream = await inner.OpenAsync(name, cancellationToken);
        return Current is { } connection ? new DisturbedStream(stream, disturbances, connection) : stream;
    }

    private sealed class DisturbedStream(ILogStream stream, Disturbances disturbances, HttpContext connection) : ILogStream
    {
        public StreamName Name => stream.Name;

        public StreamId Id => stream.Id;

        public ValueTask<AppendResult> AppendAsync(in RecordBatch batch, in Orleans.Log.AppendConditions conditions, CancellationToken cancellationToken)
        {
            if (connection.RequestAborted.IsCancellationRequested)
                return ValueTask.FromException<AppendResult>(new IOException("Lost with the one before."));
            if (disturbances.Happens(disturbances.Refuse))
                return ValueTask.FromException<AppendResult>(new LogException(LogErrorCode.Overloaded, "Refused by the test."));

            if (disturbances.Happens(disturbances.LoseRequest))
            {
                connection.Abort();
                return ValueTask.FromException<AppendResult>(new IOException("Lost by the test."));
            }

            // Its place is fixed now; what is late is the answer.
            return LateAsync(stream.AppendAsync(batch, conditions, cancellationToken), disturbances.Happens(disturbances.LoseAcknowledgement));
        }

        public ValueTask<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) => stream.ReadAsync(request, cancellationToken);

        public ValueTask<StreamPosition> CheckTailAsync(CancellationToken cancellationToken) => stream.CheckTailAsync(cancellationToken);

        public ValueTask<StreamDescription> DescribeAsync(CancellationToken cancellationToken) => stream.DescribeAsync(cancellationToken);

        public ValueTask<StreamPosition> TrimAsync(long before, CancellationToken cancellationToken) => stream.TrimAsync(before, cancellationToken);

        public ValueTask<StreamPosition> FenceAsync(string token, string? expected, CancellationToken cancellationToken) =>
            stream.FenceAsync(token, expected, cancellationToken);

        public ValueTask<StreamPosition> SealAsync(CancellationToken cancellationToken) => stream.SealAsync(cancellationToken);

        public ValueTask<SnapshotInfo> SnapshotAsync(CancellationToken cancellationToken) => stream.SnapshotAsync(cancellationToken);

        public ValueTask<IReadOnlyList<SnapshotInfo>> ListSnapshotsAsync(CancellationToken cancellationToken) => stream.ListSnapshotsAsync(cancellationToken);

        private async ValueTask<AppendResult> LateAsync(ValueTask<AppendResult> ordered, bool lost)
        {
            var result = await ordered;
            await disturbances.PassAsync(CancellationToken.None);
            if (!lost)
                return result;

            connection.Abort();
            throw new IOException("Its acknowledgement was lost by the test.");
        }
    }
}

using Orleans.Log.Client;
using Orleans.Log.Client.Appending;
using Orleans.Log.Grains.Appending;

namespace Orleans.Log.Grains;

// Appenders: those of the HTTP client, over grains.
public sealed partial class ClusterLogService : IAppenderSource
{
    /// <inheritdoc/>
    /// <remarks>The appender stays bound to the stream's identity: what is made anew under the name is another stream, and gets nothing of it.</remarks>
    public async Task<LogStreamAppender> OpenAppenderAsync(string stream, AppenderOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new AppenderOptions();
        var producer = ProducerIds.Checked(options.ProducerId ?? ProducerIds.New(Random.Shared.NextDouble));
        var (grain, description) = await DescribeAsync(stream, cancellationToken);
        if (description.Sealed)
            throw new LogClientException(LogClientErrors.StreamSealed, "The stream is sealed.", details: new LogErrorDetails { Tail = description.Tail });

        return new LogStreamAppender(stream, producer, new GrainAppendTransport(grain, description.Id, producer, options, time), options, _backoff);
    }

    private async Task<(ILogStreamGrain Grain, StreamDescription Stream)> DescribeAsync(string stream, CancellationToken cancellationToken)
    {
        try
        {
            var grain = GrainOf(StreamName.Parse(stream));
            return (grain, await DescribeAsync(grain, cancellationToken));
        }
        catch (LogException error)
        {
            throw ClientErrors.Of(error);
        }
    }
}

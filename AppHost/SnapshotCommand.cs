using Microsoft.Extensions.Logging;
using Orleans.Log.Client;

namespace Orleans.Log.AppHost;

/// <summary>The dashboard's button on the front: everything committed of every stream goes to the blob store now, as before a machine is taken away.</summary>
internal static partial class SnapshotCommand
{
    /// <summary>The command's name, for whoever calls it otherwise than by the button.</summary>
    public const string Name = "snapshot";

    /// <summary>Puts it on the front.</summary>
    public static IResourceBuilder<ProjectResource> WithSnapshotCommand(this IResourceBuilder<ProjectResource> front) => front.WithCommand(
        Name,
        "Snapshot",
        context => RunAsync(new Uri(front.GetEndpoint("http").Url), context.Logger, context.CancellationToken),
        new CommandOptions
        {
            Description = "Moves everything committed of every stream to the blob store.",
            IconName = "ArchiveArrowBack",
            IsHighlighted = true,
            UpdateState = context => context.ResourceSnapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
                ? ResourceCommandState.Enabled
                : ResourceCommandState.Disabled,
        });

    /// <summary>Goes through the streams one after the other. One that fails keeps none of the others from its snapshot.</summary>
    internal static async Task<ExecuteCommandResult> RunAsync(Uri front, ILogger logger, CancellationToken cancellationToken)
    {
        using var client = new LogClient(front);
        var (done, failed) = (0, new List<string>());
        try
        {
            await foreach (var stream in client.ListStreamsAsync(cancellationToken: cancellationToken))
            {
                if (await SnapshotAsync(client, stream.Name, logger, cancellationToken) is { } reason)
                    failed.Add($"{stream.Name}: {reason}");
                else
                    done++;
            }
        }
        catch (LogClientException error)
        {
            return CommandResults.Failure($"{done} streams are in the blob store: then {error.Message}");
        }

        return failed.Count == 0
            ? CommandResults.Success($"{done} streams are in the blob store.")
            : CommandResults.Failure($"{done} streams are in the blob store, {failed.Count} are not, among them {failed[0]}");
    }

    /// <summary>Null, or why there is no snapshot.</summary>
    private static async Task<string?> SnapshotAsync(LogClient client, string stream, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var snapshot = await client.SnapshotAsync(stream, cancellationToken);
            LogSnapshot(logger, stream, snapshot.Lsn);
            return null;
        }
        catch (LogClientException error)
        {
            return error.Message;
        }
    }

    [LoggerMessage(LogLevel.Information, "Stream {Stream} is in the blob store below {Lsn}")]
    private static partial void LogSnapshot(ILogger logger, string stream, long lsn);
}

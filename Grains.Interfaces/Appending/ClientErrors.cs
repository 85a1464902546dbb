using Orleans.Log.Client;

namespace Orleans.Log.Grains.Appending;

/// <summary>The port's failures as appenders tell them.</summary>
internal static class ClientErrors
{
    public static LogClientException Of(LogException error) => new(
        LogErrors.WireName(error.Code),
        error.Message,
        error.Retryable,
        error.SideEffects == SideEffects.Possible ? CallSideEffects.Possible : CallSideEffects.None,
        new LogErrorDetails
        {
            Tail = error.Facts.Tail,
            Head = error.Facts.Head,
            ExpectedTail = error.Facts.ExpectedTail,
            ExpectedSequence = error.Facts.ExpectedSequence,
            ReceivedSequence = error.Facts.ReceivedSequence,
            Epoch = error.Facts.Epoch,
            Limit = error.Facts.Limit,
            Unit = error.Facts.Unit,
            ConfigVersion = error.Facts.ConfigVersion,
            Next = error.Facts.Next,
            Reason = error.Facts.Reason,
        },
        error);
}

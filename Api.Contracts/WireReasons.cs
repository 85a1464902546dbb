namespace Orleans.Log.Api.Contracts;

/// <summary>Values of <see cref="ProblemBody.Reason"/> on which clients decide.</summary>
public static class WireReasons
{
    /// <summary>With <see cref="WireErrors.StreamNotFound"/>: the name belongs to another stream than the one asked for.</summary>
    public const string OtherStream = "other_stream";
}

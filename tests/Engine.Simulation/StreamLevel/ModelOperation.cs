namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>One call that changes a stream.</summary>
internal abstract record ModelOperation
{
    /// <summary>Why the call must be refused in this state, or null if it must be taken. The order of the checks is part of the contract.</summary>
    public abstract LogErrorCode? Refusal(StreamState state);

    /// <summary>Its effect.</summary>
    public abstract void ApplyTo(StreamState state);

    /// <summary>Has it no effect in this state, although it is taken?</summary>
    public virtual bool IsIdle(StreamState state) => false;
}

/// <summary>An append of a batch.</summary>
internal sealed record ModelAppend(IReadOnlyList<ModelRecord> Records, AppendConditions Conditions) : ModelOperation
{
    public override LogErrorCode? Refusal(StreamState state)
    {
        if (IsIdle(state))
            return null;

        if (state.Sealed)
            return LogErrorCode.StreamSealed;

        if ((Conditions.FencingToken ?? string.Empty) != state.Token)
            return LogErrorCode.Fenced;

        if (Conditions.Producer is { } stamp)
        {
            var known = state.Producers.GetValueOrDefault(stamp.Id);
            if (known is not null && stamp.Epoch < known.Epoch)
                return LogErrorCode.StaleProducerEpoch;

            var next = known is null || stamp.Epoch > known.Epoch ? 0 : known.Batches.Count;
            if (stamp.Sequence != next)
                return LogErrorCode.ProducerGap;
        }

        return Conditions.ExpectedTail is { } tail && tail != state.Tail ? LogErrorCode.AppendConditionFailed : null;
    }

    /// <summary>A batch that the stream already holds.</summary>
    public override bool IsIdle(StreamState state) =>
        Conditions.Producer is { } stamp
        && state.Producers.GetValueOrDefault(stamp.Id) is { } known
        && known.Epoch == stamp.Epoch
        && stamp.Sequence < known.Batches.Count;

    public override void ApplyTo(StreamState state)
    {
        if (Conditions.Producer is { } stamp)
        {
            var known = state.Producers.GetValueOrDefault(stamp.Id);
            var batches = known is null || known.Epoch < stamp.Epoch ? [] : known.Batches;
            state.Producers[stamp.Id] = new ModelProducer(stamp.Epoch, [.. batches, (state.Tail, Records.Count)]);
        }

        state.Records.AddRange(Records);
    }

    /// <summary>The positions that the batch must be answered with.</summary>
    public (long Start, long End) Positions(StreamState before)
    {
        if (!IsIdle(before))
            return (before.Tail, before.Tail + Records.Count);

        var (start, count) = before.Producers[Conditions.Producer!.Value.Id].Batches[(int)Conditions.Producer.Value.Sequence];
        return (start, start + count);
    }
}

/// <summary>A trim.</summary>
internal sealed record ModelTrim(long Before) : ModelOperation
{
    public override LogErrorCode? Refusal(StreamState state) => Before > state.Tail ? LogErrorCode.Unwritten : null;

    public override bool IsIdle(StreamState state) => Before <= state.Head;

    public override void ApplyTo(StreamState state) => state.Head = Math.Max(state.Head, Before);
}

/// <summary>A fence.</summary>
internal sealed record ModelFence(string Token, string? Expected) : ModelOperation
{
    public override LogErrorCode? Refusal(StreamState state) =>
        Expected is not null && Expected != state.Token && !IsIdle(state) ? LogErrorCode.Fenced : null;

    public override bool IsIdle(StreamState state) => Token == state.Token;

    public override void ApplyTo(StreamState state) => state.Token = Token;
}

/// <summary>A seal.</summary>
internal sealed record ModelSeal : ModelOperation
{
    public override LogErrorCode? Refusal(StreamState state) => null;

    public override bool IsIdle(StreamState state) => state.Sealed;

    public override void ApplyTo(StreamState state) => state.Sealed = true;
}

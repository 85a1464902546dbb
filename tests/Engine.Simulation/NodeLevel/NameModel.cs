using Orleans.Log.Engine.Simulation.StreamLevel;

namespace Orleans.Log.Engine.Simulation.NodeLevel;

/// <summary>What callers know of one name: whether a stream has it, and at most one act on the way that may change that.</summary>
internal sealed class NameModel(string name)
{
    /// <summary>The name.</summary>
    public StreamName Name { get; } = StreamName.Parse(name);

    /// <summary>The stream that has the name, as far as acknowledged; null for none.</summary>
    public StreamModel? Present { get; private set; }

    /// <summary>The act on the way.</summary>
    public NameAct Act { get; private set; }

    /// <summary>The stream as it is used; null while it is not open.</summary>
    public StreamDriver? Driver { get; set; }

    public void Begin(NameAct act) => Act = act;

    /// <summary>The act was acknowledged.</summary>
    public void Done()
    {
        Present = Act == NameAct.Create ? new StreamModel() : null;
        (Act, Driver) = (NameAct.None, null);
    }

    /// <summary>The act was refused and had no effect.</summary>
    public void Refused() => Act = NameAct.None;

    /// <summary>What a start may find after a crash now.</summary>
    public NameExpectation Expect() => new(
        Present?.Expect(),
        MayBeAbsent: Present is null || Act == NameAct.Delete,
        MayBePresent: Present is not null || Act == NameAct.Create);

    /// <summary>A start found this.</summary>
    public void Restart(StreamState? state)
    {
        (Act, Driver, Present) = (NameAct.None, null, null);
        if (state is null)
            return;

        Present = new StreamModel();
        Present.Restart(state);
    }
}

/// <summary>An act on a name.</summary>
internal enum NameAct
{
    None,
    Create,
    Delete,
}

/// <summary>What a start may find under a name.</summary>
internal sealed record NameExpectation(StreamExpectation? Stream, bool MayBeAbsent, bool MayBePresent)
{
    /// <summary>Holds what was found against it.</summary>
    public StreamState? Match(StreamSight? found, string name)
    {
        if (found is null)
            return MayBeAbsent ? null : throw new BrokenPromiseException($"Stream {name} is gone.");

        if (!MayBePresent)
            throw new BrokenPromiseException($"Stream {name} is there, and nobody made it, or its deletion was acknowledged.");

        return (Stream ?? new StreamModel().Expect()).Match(found, name);
    }
}

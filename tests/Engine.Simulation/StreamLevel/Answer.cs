namespace Orleans.Log.Engine.Simulation.StreamLevel;

/// <summary>
/// The answer to a call, looked at without awaiting it: an await would go on at another thread's leisure, and the run would not repeat.
/// </summary>
internal abstract class Answer
{
    public abstract bool HasCome { get; }

    /// <summary>Why the call was refused, if it was refused at once and without side effects; the answer is spent then.</summary>
    public abstract LogErrorCode? TakeRefusal();

    /// <summary>The tail that the answer vouches for; throws what the call threw, or what the check of its result found.</summary>
    public abstract long Take();

    public static Answer To<T>(ValueTask<T> call, Func<T, long> check) => new Typed<T>(call, check);

    private sealed class Typed<T>(ValueTask<T> call, Func<T, long> check) : Answer
    {
        private readonly ValueTask<T> _call = call;

        public override bool HasCome => _call.IsCompleted;

        public override LogErrorCode? TakeRefusal()
        {
            if (!_call.IsFaulted)
                return null;

            try
            {
                _call.GetAwaiter().GetResult();
                return null;
            }
            catch (LogException refused) when (refused.SideEffects == SideEffects.None)
            {
                return refused.Code;
            }
        }

        public override long Take() => check(_call.GetAwaiter().GetResult());
    }
}

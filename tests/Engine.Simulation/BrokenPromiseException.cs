namespace Orleans.Log.Engine.Simulation;

/// <summary>The engine broke a promise. The message says which, and where in which run.</summary>
public sealed class BrokenPromiseException(string message) : Exception(message);

namespace Orleans.Log.Engine.Simulation.WalLevel;

/// <summary>A long life of one WAL from one seed: work, crash, start, work on what was found, crash again …</summary>
internal static class SeededRun
{
    public static WalWorld Run(int seed, WalSetup setup, int lives)
    {
        try
        {
            var world = new WalWorld(seed, setup);
            for (var life = 0; life < lives; life++)
            {
                for (var left = world.Random.Next(150); left > 0; left--)
                    world.Step();

                world.Crash();
            }

            return world;
        }
        catch (Exception error)
        {
            throw new BrokenPromiseException($"Seed {seed} with {setup}: {error}");
        }
    }

    /// <summary>A setup of its own for each seed, so that all of them are tried.</summary>
    public static WalSetup SetupOf(int seed) => new(
        IoDepth: 1 + (seed % 4),
        WriteDurable: seed % 3 != 0,
        BodyScale: (seed / 5 % 4) switch { 0 => 1, 1 => 10, _ => 100 });
}

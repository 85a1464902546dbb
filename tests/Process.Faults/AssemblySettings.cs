// Each test owns the machine while it runs: it loads real processes and measures how fast they end.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// One test after the other: some measure what the whole process holds, and several run a node with threads of its own on what may be two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

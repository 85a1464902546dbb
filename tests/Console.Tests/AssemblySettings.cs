// One meter provider at a time: two nodes of one process share their series, and the end of one takes them from the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

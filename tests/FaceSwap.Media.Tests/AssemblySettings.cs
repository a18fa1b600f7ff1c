// Handle counters are per process: classes that assert them may not run beside each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

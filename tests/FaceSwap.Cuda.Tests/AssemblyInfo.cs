// The stand-in driver's counts and refusals are the process's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

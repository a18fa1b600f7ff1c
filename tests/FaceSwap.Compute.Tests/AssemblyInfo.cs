// Leak checks count handles of the whole process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// Handle counters belong to the process: classes that check for leaks must not run beside others that hold handles.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

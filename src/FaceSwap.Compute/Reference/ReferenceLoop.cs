namespace FaceSwap.Compute.Reference;

/// <summary>The body of a loop whose turns write to different places, so that they may run in any order.</summary>
internal interface ILoopBody
{
    void Run(long index);
}

/// <summary>
/// Runs independent turns of a loop, on one thread or on several. Each turn reduces in its own fixed order, so the result does not
/// depend on the number of threads. Bodies are structs: with one thread a loop allocates nothing.
/// </summary>
internal static class ReferenceLoop
{
    public static void For<TBody>(int threads, long count, TBody body) where TBody : struct, ILoopBody
    {
        if (threads == 1)
        {
            for (long i = 0; i < count; i++)
                body.Run(i);
            return;
        }
        OnSeveral(threads, count, body);
    }

    // A method of its own: a closure in For would be allocated on entry, for one thread too.
    private static void OnSeveral<TBody>(int threads, long count, TBody body) where TBody : struct, ILoopBody =>
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body.Run);
}

namespace FaceSwap.Cli.Infrastructure;

/// <summary>
/// Collects the whole managed heap now and then and gives what is free back to the system. The heap of a command that works on native memory is a few megabytes, and the
/// runtime sees no reason to collect all of it: every small collection, one in thousands of frames, leaves another region of 4 MB nearly empty. Over an hour of video
/// that was 30 MB. A whole collection takes milliseconds.
/// </summary>
internal sealed class HeapBound : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    private readonly Timer timer = new(static _ => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true), null, Interval, Interval);

    public void Dispose() => timer.Dispose();
}

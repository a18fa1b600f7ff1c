namespace FaceSwap.Pipeline.Stages;

/// <summary>Keeps the memory of frames under way within a bound, whatever their size.</summary>
/// <param name="bytes">The bound.</param>
/// <param name="atOnce">Frames that pass at once whatever their size: larger ones are charged no more than this part of the bound.</param>
internal sealed class FrameBudget(long bytes, int atOnce = 4)
{
    private readonly object gate = new();
    private long used;

    /// <summary>The bound.</summary>
    public long Bytes => bytes;

    /// <summary>What a frame of a size is charged.</summary>
    public long Charge(long frame) => Math.Min(frame, bytes / atOnce);

    /// <summary>Bytes held at most so far.</summary>
    public long Peak { get; private set; }

    /// <summary>Takes a share, when there is room.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public void Take(long charge, CancellationToken stop)
    {
        lock (gate)
        {
            while (used + charge > bytes)
            {
                stop.ThrowIfCancellationRequested();
                // Whoever fails gives nothing back and wakes nobody; the token is cancelled then.
                Monitor.Wait(gate, 50);
            }
            used += charge;
            Peak = Math.Max(Peak, used);
        }
    }

    /// <summary>Gives a share back.</summary>
    public void Return(long charge)
    {
        lock (gate)
        {
            used -= charge;
            Monitor.PulseAll(gate);
        }
    }
}

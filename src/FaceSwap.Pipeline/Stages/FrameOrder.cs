namespace FaceSwap.Pipeline.Stages;

/// <summary>Lets several workers do one part of their work in the order of the frames. They must take the frames in that order.</summary>
internal sealed class FrameOrder
{
    private readonly object gate = new();
    private long next;

    /// <summary>Waits until all turns before this one are over; every turn from 0 on must be taken.</summary>
    /// <exception cref="OperationCanceledException">Stopped; a worker before this one may have failed.</exception>
    public void Wait(long turn, CancellationToken stop)
    {
        lock (gate)
        {
            while (next != turn)
            {
                stop.ThrowIfCancellationRequested();
                // A worker that fails ends no turn and wakes nobody; the group's token is cancelled then.
                Monitor.Wait(gate, 50);
            }
        }
    }

    /// <summary>Ends the turn that was waited for.</summary>
    public void Leave()
    {
        lock (gate)
        {
            next++;
            Monitor.PulseAll(gate);
        }
    }
}

using System.Diagnostics;

namespace FaceSwap.Pipeline.Train;

/// <summary>
/// When to save: every so many iterations, but not so often that saving takes more than a twentieth of the time. A save is the whole state (for
/// Original 1.5 GB, of which Adam's moments are four fifths), since without the moments training would not go on as it was.
/// </summary>
internal sealed class SaveSchedule(long interval)
{
    private const int CostFactor = 20;

    private readonly Stopwatch sinceSave = Stopwatch.StartNew();
    private TimeSpan cost;
    private long saved;

    /// <summary>Starts at an iteration that is saved already (or has nothing to save yet).</summary>
    public void Begin(long iteration)
    {
        saved = iteration;
        sinceSave.Restart();
    }

    /// <summary>Whether anything has happened since the last save.</summary>
    public bool IsUnsaved(long iteration) => iteration != saved;

    /// <summary>Whether to save now.</summary>
    public bool IsDue(long iteration) => iteration - saved >= interval && sinceSave.Elapsed >= CostFactor * cost;

    /// <summary>Saves and notes how long it took.</summary>
    public void Save(long iteration, Action save)
    {
        sinceSave.Restart();
        save();
        cost = sinceSave.Elapsed;
        Begin(iteration);
    }
}

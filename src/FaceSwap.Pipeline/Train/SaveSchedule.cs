using System.Diagnostics;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>
/// When to save: every so many iterations, but not so often that saving takes more than a twentieth of the training's time, keeps the disk busy for
/// more than a tenth of it, or a save has to wait for the one before. A save is always the whole state (for Original 1.5 GB, of which Adam's moments
/// are four fifths), since without the moments training would not go on as it was.
/// </summary>
internal sealed class SaveSchedule(CheckpointFolder folder, long interval)
{
    private readonly Stopwatch sinceSave = Stopwatch.StartNew();
    private TimeSpan cost; // of the last save, as far as training waited for it
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
    public bool IsDue(long iteration) => iteration - saved >= interval && !folder.IsSaving
        && sinceSave.Elapsed >= 20 * cost && sinceSave.Elapsed >= 10 * folder.LastDuration;

    /// <summary>Saves and notes how long it took.</summary>
    public void Save(long iteration, Action save)
    {
        sinceSave.Restart();
        save();
        cost = sinceSave.Elapsed;
        Begin(iteration);
    }
}

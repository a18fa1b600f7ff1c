using System.Diagnostics;
using FaceSwap.Core;
using Microsoft.Win32.SafeHandles;

namespace FaceSwap.Models;

/// <summary>
/// A model's folder: two generations of its checkpoint, <c>generation-N</c>, each whole in itself. A generation is written under another name,
/// flushed to the disk, and takes its name in one rename, so that a kill at any moment leaves the folder with its newest complete
/// generation. The one before it is kept, and used with a warning when the newest is damaged.
/// </summary>
public sealed class CheckpointFolder : IDisposable
{
    private const string LockName = ".lock";

    private readonly Action<string> flushFolder;
    private readonly Action<string>? warn;
    private readonly HashSet<string> complained = [];
    private readonly CheckpointWriter writer = new();
    private readonly FileStream? exclusive;
    private long trusted = -1; // the generation that was loaded or saved last
    private Task? pending; // flushes and renames what BeginSave wrote

    private CheckpointFolder(string path, Action<string>? flushFolder, FileStream? exclusive, Action<string>? warn = null) =>
        (FolderPath, this.flushFolder, this.exclusive, this.warn) = (path, flushFolder ?? (static _ => { }), exclusive, warn);

    /// <summary>The folder.</summary>
    public string FolderPath { get; }

    /// <summary>A folder to train into: made if missing, and reserved for this process until disposed.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="flushFolder">Flushes a folder's entries to the disk; null: left to the file system's journal.</param>
    /// <param name="warn">Is told, once for each, of folders with a checkpoint's name that hold something else and are left alone; from the thread that saves.</param>
    /// <exception cref="UserErrorException">The folder cannot be made or written, or another process trains into it.</exception>
    public static CheckpointFolder Reserve(string path, Action<string>? flushFolder = null, Action<string>? warn = null)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The model's folder '{path}' cannot be made ({Reason(e)}); choose another --model-dir.", e);
        }
        FileStream exclusive;
        try
        {
            exclusive = new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsLocked(e))
        {
            throw new UserErrorException(
                $"Another process trains into the model's folder '{path}'; stop that one first or choose another --model-dir.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The model's folder '{path}' cannot be written ({Reason(e)}); choose another --model-dir.", e);
        }
        return new CheckpointFolder(path, flushFolder, exclusive, warn);
    }

    /// <summary>A folder to read a model from.</summary>
    /// <exception cref="UserErrorException">There is no such folder, or no checkpoint in it.</exception>
    public static CheckpointFolder ForReading(string path)
    {
        if (!Directory.Exists(path))
            throw new UserErrorException($"The model's folder '{path}' does not exist; train a model first or choose another --model-dir.");
        CheckpointFolder folder = new(path, null, null);
        return folder.HasCheckpoint
            ? folder
            : throw new UserErrorException($"There is no model in '{path}'; train one first or choose another --model-dir.");
    }

    /// <summary>Whether there is any generation, sound or not.</summary>
    public bool HasCheckpoint => CheckpointFiles.Generations(FolderPath).Count > 0;

    /// <summary>Opens the newest sound generation.</summary>
    /// <param name="model">The model that it must be of, in any letter case; null: any.</param>
    /// <param name="warn">Is told in a sentence when the newest is damaged and an older one is used.</param>
    /// <param name="side">Verifies only what running this identity's autoencoder needs; null: everything, to go on training.</param>
    /// <exception cref="UserErrorException">No generation is sound, or it is of another model.</exception>
    public Checkpoint Open(string? model = null, Action<string>? warn = null, Side? side = null)
    {
        List<string> damage = [];
        foreach (long generation in CheckpointFiles.Generations(FolderPath))
        {
            string name = CheckpointFiles.NameOf(generation);
            try
            {
                Checkpoint checkpoint = Checkpoint.Open(Path.Combine(FolderPath, name), generation, definition => FilesOf(definition, side));
                RequireModel(checkpoint.Model.Name, model);
                if (damage.Count > 0)
                {
                    warn?.Invoke($"The newest checkpoint in '{FolderPath}' is damaged ({string.Join("; ", damage)}); "
                        + $"going on from {name}, iteration {checkpoint.State.Iteration}.");
                }
                trusted = generation;
                return checkpoint;
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                damage.Add($"{name}: {Reason(e)}");
            }
        }
        throw new UserErrorException(damage.Count == 0
            ? $"There is no model in '{FolderPath}'; train one first or choose another --model-dir."
            : $"No checkpoint in '{FolderPath}' is sound ({string.Join("; ", damage)}); restore it from a copy or choose another --model-dir.");
    }

    /// <summary>Whether a save that was begun is still on its way to the disk.</summary>
    public bool IsSaving => pending is { IsCompleted: false };

    /// <summary>How long the last complete save took in all, the disk's part included.</summary>
    public TimeSpan LastDuration { get; private set; }

    /// <summary>Saves a new generation from a training plan; of the older ones only the last that was loaded or saved stays.</summary>
    /// <exception cref="UserErrorException">The disk is full or not writable; the checkpoint is as it was.</exception>
    /// <exception cref="InvalidOperationException">The folder was opened for reading.</exception>
    public void Save(CheckpointState state, TrainingPlan plan)
    {
        BeginSave(state, plan);
        CompleteSave();
    }

    /// <summary>
    /// Begins a save: copies the plan's state into the system's file cache, and leaves waiting for the disk and giving the generation its name to
    /// a thread of its own, so that training goes on meanwhile. A save that is still under way is completed first.
    /// </summary>
    /// <exception cref="UserErrorException">This save or the one before failed; the checkpoint is as it was.</exception>
    /// <exception cref="InvalidOperationException">The folder was opened for reading.</exception>
    public void BeginSave(CheckpointState state, TrainingPlan plan)
    {
        if (exclusive is null)
            throw new InvalidOperationException("the folder was opened for reading");
        CompleteSave();
        long start = Stopwatch.GetTimestamp();
        Guarded(() =>
        {
            foreach (string leftOver in CheckpointFiles.Unfinished(FolderPath))
                TryDelete(Path.Combine(FolderPath, leftOver));
            long generation = CheckpointFiles.Generations(FolderPath).FirstOrDefault(-1) + 1;
            // What still has such a name is none of ours: a link, or a folder with other files in it.
            while (IsTaken(Path.Combine(FolderPath, CheckpointFiles.UnfinishedNameOf(generation))))
                generation++;
            string unfinished = Path.Combine(FolderPath, CheckpointFiles.UnfinishedNameOf(generation));
            Directory.CreateDirectory(unfinished);
            writer.Write(unfinished, state, plan);
            pending = Task.Run(() =>
            {
                Commit(unfinished, generation);
                LastDuration = Stopwatch.GetElapsedTime(start);
            });
        });
    }

    /// <summary>Waits for a save that was begun.</summary>
    /// <exception cref="UserErrorException">It failed; the checkpoint is as it was.</exception>
    public void CompleteSave()
    {
        if (Interlocked.Exchange(ref pending, null) is { } last)
            Guarded(() => last.GetAwaiter().GetResult());
    }

    /// <summary>Gives the reservation up.</summary>
    public void Dispose()
    {
        // A save under way is worth finishing; its failure has nobody left to be told to.
        (pending as IAsyncResult)?.AsyncWaitHandle.WaitOne();
        exclusive?.Dispose();
    }

    private static IEnumerable<string> FilesOf(ModelDefinition model, Side? side) => side is { } one
        ? model.Path(one).Select(CheckpointFiles.OfPart)
        : [.. model.Parts.Select(p => CheckpointFiles.OfPart(p.Name)), CheckpointFiles.Optimizer];

    private void RequireModel(string found, string? wanted)
    {
        if (wanted is not null && !string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase))
            throw new UserErrorException($"The model in '{FolderPath}' is {found}, not {wanted}; choose another --model-dir or --trainer {found}.");
    }

    private void Commit(string unfinished, long generation)
    {
        foreach (string file in Directory.EnumerateFiles(unfinished))
        {
            using SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
        flushFolder(unfinished);
        Directory.Move(unfinished, Path.Combine(FolderPath, CheckpointFiles.NameOf(generation)));
        flushFolder(FolderPath);
        long previous = trusted;
        trusted = generation;
        DeleteOlder(previous);
    }

    private void Guarded(Action save)
    {
        try
        {
            save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (string unfinished in CheckpointFiles.Unfinished(FolderPath))
                TryDelete(Path.Combine(FolderPath, unfinished));
            throw new UserErrorException($"The checkpoint in '{FolderPath}' could not be saved ({Reason(e)}), and what was saved before is "
                + "intact; free some space or choose a writable --model-dir.", e);
        }
    }

    private void DeleteOlder(long previous)
    {
        foreach (long old in CheckpointFiles.Generations(FolderPath).Where(g => g != trusted && g != previous))
        {
            // What had to be saved is saved; what cannot be deleted the next save tries again.
            TryDelete(Path.Combine(FolderPath, CheckpointFiles.NameOf(old)));
        }
    }

    private void TryDelete(string folder)
    {
        try
        {
            if (!CheckpointFiles.Delete(folder) && complained.Add(folder))
                warn?.Invoke($"'{folder}' has the name of a checkpoint and holds what is none, so it is left alone; move it elsewhere.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure being reported matters more; the next save clears what is left.
        }
    }

    private static bool IsTaken(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsLocked(IOException e) => (e.HResult & 0xFFFF) == (OperatingSystem.IsWindows() ? 32 : OperatingSystem.IsMacOS() ? 35 : 11);

    // System messages end in a full stop or not, and go inside a sentence here.
    private static string Reason(Exception e) => e.Message.TrimEnd('.');
}

namespace FaceSwap.Core;

/// <summary>
/// A file that is being written: hidden, beside the final file, under a name of its own, and locked by whoever writes it. What a killed process left is told
/// from the work of one that runs by the lock, which the kernel releases, and not by a process id, which means nothing in another container.
/// </summary>
public sealed class TemporaryFile : IDisposable
{
    private const int Attempts = 8;
    private const int ExistsOnUnix = 17, LockedOnLinux = 11, LockedOnMac = 35, ExistsOnWindows = 80, LockedOnWindows = 32;

    // Others may open the file by its name meanwhile (an encoder does), but nobody may have it alone, which a sweep asks for.
    private const FileShare Share = FileShare.ReadWrite | FileShare.Delete;

    private bool committed;

    private TemporaryFile(string final, FileStream stream) => (FinalPath, Stream) = (final, stream);

    /// <summary>The name that it gets.</summary>
    public string FinalPath { get; }

    /// <summary>The name that it has.</summary>
    public string Path => Stream.Name;

    /// <summary>For reading and writing; holds the lock. Owned by this.</summary>
    public FileStream Stream { get; }

    /// <summary>Creates an empty file beside a final one, whose folder must exist.</summary>
    /// <param name="path">The final file.</param>
    /// <param name="extension">What the name ends in, with its dot, for writers that choose the format by it; the name of an image must not, for readers of folders.</param>
    /// <param name="bufferSize">Of <see cref="Stream"/>.</param>
    /// <exception cref="IOException">The disk is full or the folder missing.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static TemporaryFile Create(string path, string extension = "", int bufferSize = 0)
    {
        string full = System.IO.Path.GetFullPath(path);
        for (int attempt = 1; ; attempt++)
        {
            string name = TemporaryNames.New(full, extension);
            try
            {
                FileStream stream = new(name, FileMode.CreateNew, FileAccess.ReadWrite, Share, bufferSize);
                // Swept before it was locked.
                if (File.Exists(name))
                    return new TemporaryFile(full, stream);
                stream.Dispose();
            }
            catch (IOException e) when (attempt < Attempts && (e.HResult & 0xFFFF) is ExistsOnUnix or LockedOnLinux or LockedOnMac or ExistsOnWindows or LockedOnWindows)
            {
                // The name is taken, or a sweep holds the file that was just made: another name.
            }
        }
    }

    /// <summary>Gives it its final name, by default after flushing it to the disk (one of thousands of images is not worth the wait).</summary>
    /// <param name="flushToDisk">Whether to wait for the disk.</param>
    /// <param name="overwrite">Whether a file of the final name is replaced.</param>
    /// <exception cref="IOException">The disk is full, or there is such a file and it is not to be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public void Commit(bool flushToDisk = true, bool overwrite = true)
    {
        Stream.Flush(flushToDisk);
        File.Move(Path, FinalPath, overwrite);
        committed = true;
        Stream.Dispose();
    }

    /// <summary>Deletes it, unless it has its final name.</summary>
    public void Dispose()
    {
        if (committed)
            return;
        committed = true;
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or not ours; nothing stands under the final name, which is what counts.
        }
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // What was in the buffer does not fit on the disk, and is not wanted.
        }
    }

    /// <summary>Deletes what killed processes left of earlier attempts at one file.</summary>
    /// <param name="path">The final file.</param>
    /// <param name="extension">As given to <see cref="Create"/>.</param>
    public static void SweepBeside(string path, string extension = "")
    {
        string full = System.IO.Path.GetFullPath(path), prefix = TemporaryNames.Prefix(full, extension);
        Sweep(System.IO.Path.GetDirectoryName(full) ?? "/", name => TemporaryNames.IsOf(name, prefix, extension));
    }

    /// <summary>Deletes what killed processes left of any file of a folder.</summary>
    /// <param name="folder">Need not exist.</param>
    public static void SweepFolder(string folder)
    {
        if (Directory.Exists(folder))
            Sweep(folder, static _ => true);
    }

    /// <summary>Whether a path is what a killed process left of a file: one of these names, and nobody has it open.</summary>
    public static bool IsAbandoned(string path)
    {
        try
        {
            using FileStream? held = Hold(path);
            return held is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Sweep(string folder, Func<string, bool> concerns)
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder))
            {
                if (concerns(System.IO.Path.GetFileName(file)))
                    Remove(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tidying is a courtesy; the work itself will say what is wrong with the folder.
        }
    }

    private static void Remove(string file)
    {
        try
        {
            using FileStream? held = Hold(file);
            if (held is null)
                return;
            if (OperatingSystem.IsWindows())
                held.Dispose();
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody is writing it, or it is not ours to delete.
        }
    }

    // The file with the lock that its writer would have; null when it is none of ours or may be in use.
    private static FileStream? Hold(string file)
    {
        FileInfo info = new(file);
        if (TemporaryNames.Owner(info.Name) is not { } owner || !info.Exists || info.LinkTarget is not null || !owner.MayBeDead(info))
            return null;
        FileStream held = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1);
        if (held.CanSeek && (LocksWork(file) || DateTime.UtcNow - info.LastWriteTimeUtc > TimeSpan.FromDays(1)))
            return held;
        held.Dispose();
        return null;
    }

    // Some network file systems grant every lock, and then a lock that was got says nothing.
    private static bool LocksWork(string held)
    {
        try
        {
            new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}

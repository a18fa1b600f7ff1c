using FaceSwap.Core;

namespace FaceSwap.Media;

/// <summary>
/// A file that is written under a temporary name in its final folder, and gets its final name in one step once it is complete and
/// on the disk. Whatever stood under the final name stays until then.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private static int counter;
    private bool committed;

    public PendingFile(string path)
    {
        FinalPath = Path.GetFullPath(path);
        if (Directory.Exists(FinalPath))
            throw new UserErrorException($"'{path}' is a folder; name a file to write.");
        string folder = Path.GetDirectoryName(FinalPath) ?? "/";
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(path, e);
        }
        string stem = Path.GetFileNameWithoutExtension(FinalPath), extension = Path.GetExtension(FinalPath);
        TemporaryPath = Path.Combine(folder, $".{stem}.partial-{Environment.ProcessId}-{Interlocked.Increment(ref counter)}{extension}");
    }

    /// <summary>Deletes what killed processes left of earlier attempts at this file.</summary>
    public void DeleteAbandoned()
    {
        string folder = Path.GetDirectoryName(FinalPath)!, prefix = $".{Path.GetFileNameWithoutExtension(FinalPath)}.partial-";
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder))
            {
                string name = Path.GetFileName(file);
                if (name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(Path.GetExtension(FinalPath), StringComparison.Ordinal)
                    && int.TryParse(name[prefix.Length..].Split('-')[0], out int owner) && !IsRunning(owner))
                {
                    File.Delete(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tidying is a courtesy; the work itself will say what is wrong with the folder.
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using System.Diagnostics.Process found = System.Diagnostics.Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    public string FinalPath { get; }

    public string TemporaryPath { get; }

    /// <summary>Renames the file, by default after flushing it to the disk (one of thousands of images is not worth the wait).</summary>
    public void Commit(bool flushToDisk = true)
    {
        try
        {
            if (flushToDisk)
            {
                using FileStream file = new(TemporaryPath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1);
                file.Flush(flushToDisk: true);
            }
            File.Move(TemporaryPath, FinalPath, overwrite: true);
            committed = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(FinalPath, e);
        }
    }

    public void Dispose()
    {
        if (committed)
            return;
        try
        {
            File.Delete(TemporaryPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or not ours: nothing can be left under the final name, which is what counts.
        }
    }
}

using FaceSwap.Core;

namespace FaceSwap.Media;

/// <summary>
/// A file that is written under a temporary name in its final folder, and gets its final name in one step once it is complete and
/// on the disk. Whatever stood under the final name stays until then.
/// </summary>
internal sealed class PendingFile : IDisposable
{
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
        TemporaryPath = TemporaryFile.Beside(FinalPath, Path.GetExtension(FinalPath));
    }

    /// <summary>Deletes what killed processes left of earlier attempts at this file.</summary>
    public void DeleteAbandoned() => TemporaryFile.SweepBeside(FinalPath, Path.GetExtension(FinalPath));

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

using FaceSwap.Core;

namespace FaceSwap.Media;

/// <summary>
/// A file that is written under a temporary name in its final folder, and gets its final name in one step once it is complete and
/// on the disk. Whatever stood under the final name stays until then.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly TemporaryFile file;

    public PendingFile(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new UserErrorException($"'{path}' is a folder; name a file to write.");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full) ?? "/");
            file = TemporaryFile.Create(full, Path.GetExtension(full));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(path, e);
        }
    }

    /// <summary>Deletes what killed processes left of earlier attempts at this file.</summary>
    public void DeleteAbandoned() => TemporaryFile.SweepBeside(FinalPath, Path.GetExtension(FinalPath));

    public string FinalPath => file.FinalPath;

    /// <summary>Where it lies, for writers that open files themselves.</summary>
    public string TemporaryPath => file.Path;

    /// <summary>For writers that do not.</summary>
    public FileStream Stream => file.Stream;

    /// <summary>Renames the file, by default after flushing it to the disk (one of thousands of images is not worth the wait).</summary>
    public void Commit(bool flushToDisk = true)
    {
        try
        {
            file.Commit(flushToDisk);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(FinalPath, e);
        }
    }

    public void Dispose() => file.Dispose();
}

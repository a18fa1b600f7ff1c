namespace FaceSwap.Core;

/// <summary>Writes a file so that a kill at any moment leaves either the old content or the new: temporary name in the same folder,
/// flush to the disk, rename.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">The final name; its folder is made if missing.</param>
    /// <param name="what">What the file is, for the error's sentence: <c>alignments</c>, <c>preview</c>.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="UserErrorException">The folder is not writable or the disk is full; the old content stays.</exception>
    public static void Write(string path, string what, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string temporary = TemporaryFile.Beside(full);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            TemporaryFile.SweepBeside(full);
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e is IOException or UnauthorizedAccessException)
                throw new UserErrorException($"the {what} file '{path}' cannot be written ({e.Message}); free some space or choose a writable folder", e);
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure being reported matters more than a left-over temporary file.
        }
    }
}

namespace FaceSwap.Core;

/// <summary>Writes a file so that a kill at any moment leaves either the old content or the new: temporary name in the same folder,
/// flush to the disk, rename.</summary>
public static class AtomicFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">The final name; its folder is made if missing. A link of this name is replaced, not followed.</param>
    /// <param name="what">What the file is, for the error's sentence: <c>alignments</c>, <c>preview</c>.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="UserErrorException">The folder is not writable or the disk is full; the old content stays.</exception>
    public static void Write(string path, string what, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            TemporaryFile.SweepBeside(full);
            using TemporaryFile file = TemporaryFile.Create(full, bufferSize: BufferSize);
            write(file.Stream);
            file.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the {what} file '{path}' cannot be written ({e.Message}); free some space or choose a writable folder", e);
        }
    }

    /// <summary>Copies a file, with its permissions, over another.</summary>
    /// <param name="from">The file.</param>
    /// <param name="to">The copy's name.</param>
    /// <param name="what">As for <see cref="Write"/>.</param>
    /// <exception cref="UserErrorException">The copy cannot be written or the file not read; what stood under the copy's name stays.</exception>
    public static void Copy(string from, string to, string what) => Write(to, what, stream =>
    {
        using FileStream source = new(from, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize);
        source.CopyTo(stream);
        if (!OperatingSystem.IsWindows() && stream is FileStream file)
            File.SetUnixFileMode(file.SafeFileHandle, File.GetUnixFileMode(source.SafeFileHandle) | UnixFileMode.UserWrite);
    });
}

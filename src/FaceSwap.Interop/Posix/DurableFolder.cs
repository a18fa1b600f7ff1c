using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>Flushes a folder's entries (new names, renames) to the disk, which the base library has no call for.</summary>
public static partial class DurableFolder
{
    private const int ReadOnly = 0; // O_RDONLY, the same on every Unix

    /// <summary>
    /// Flushes, or does nothing where the system has no such thing (Windows keeps its own journal; some network file systems refuse).
    /// A failure is not reported: the entries are visible either way, only their surviving a power cut is at stake.
    /// </summary>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = open(path, ReadOnly);
        if (descriptor < 0)
            return;
        _ = fsync(descriptor);
        _ = close(descriptor);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}

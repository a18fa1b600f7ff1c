using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Media;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FaceSwap.Pipeline.Disk;

/// <summary>
/// Keeps a second process from working on the same output, until disposed or the process ends, however it does. A folder is locked itself; beside a file, which is
/// replaced when it is written, lies an empty <c>.NAME.lock</c> meanwhile. Where the file system has no locks, work goes on without one.
/// </summary>
public sealed class OutputLock : IDisposable
{
    private const int LockedOnLinux = 11, LockedOnMac = 35, LockedOnWindows = 32;

    private readonly SafeHandle? folder;
    private readonly FileStream? file;

    private OutputLock(SafeHandle? folder, FileStream? file) => (this.folder, this.file) = (folder, file);

    /// <summary>Locks a folder, which must exist.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="work">What another process does with it if it is locked: <c>extracts into</c>.</param>
    /// <param name="option">The option that names another.</param>
    /// <exception cref="UserErrorException">Another process has it.</exception>
    public static OutputLock OnFolder(string path, string work, string option) =>
        TryFolder(path) ?? throw Busy($"{work} the folder '{path}'", option);

    /// <summary>Locks a folder of images, which is made if it is missing.</summary>
    /// <exception cref="UserErrorException">Another process has it, or it cannot be made.</exception>
    internal static OutputLock OnNewFolder(string path, string work)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(path, e);
        }
        return OnFolder(path, work, "--output-dir");
    }

    /// <summary>Locks what frames are written to: a video, or else a folder of images, which is made if it is missing.</summary>
    /// <exception cref="UserErrorException">Another process has it, or the folder cannot be made.</exception>
    internal static OutputLock OnFrames(string output, string work) =>
        FrameSinks.IsVideo(output) ? OnFile(output, work, "--output-dir") : OnNewFolder(output, work);

    /// <summary>Locks a file, which need not exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="work">What another process does with it if it is locked: <c>writes the video</c>.</param>
    /// <param name="option">The option that names another.</param>
    /// <exception cref="UserErrorException">Another process has it, or something else has the lock's name.</exception>
    public static OutputLock OnFile(string path, string work, string option)
    {
        OutputFile.RequireFile(path, "the output", option);
        string full = Path.GetFullPath(path), place = Path.Combine(Path.GetDirectoryName(full) ?? "/", $".{Path.GetFileName(full)}.lock");
        for (int attempt = 0; ; attempt++)
        {
            if (FileEntry.Find(place, follow: false) is { } there && there is not { Kind: FileKind.Regular, Size: 0 })
                throw new UserErrorException($"'{place}' is in the way: while '{path}' is written, an empty file of that name lies beside it; rename or remove it");
            FileStream held;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(full) ?? "/");
                held = new FileStream(place, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                    OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
            }
            catch (IOException e) when ((e.HResult & 0xFFFF) is LockedOnLinux or LockedOnMac or LockedOnWindows)
            {
                throw Busy($"{work} '{path}'", option, e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new OutputLock(null, null); // the work itself says what is wrong with the folder
            }
            // Another process may have removed the file between our opening and locking it.
            if (attempt > 100 || FileEntry.Of(held.SafeFileHandle) is not { } ours || FileEntry.Find(place, follow: false)?.IsSameAs(ours) == true)
                return new OutputLock(null, held);
            held.Dispose();
        }
    }

    /// <summary>Locks a folder; null when another process has it. Where there are no such locks, it counts as taken.</summary>
    internal static OutputLock? TryFolder(string path)
    {
        for (int attempt = 0; ; attempt++)
        {
            if (FolderLock.TryTake(path, out SafeFileHandle? held) == LockOutcome.Busy)
                return null;
            // Another process may have removed the folder between our opening and locking it.
            if (held is null || attempt > 100 || FileEntry.Of(held) is not { } ours || FileEntry.Find(path, follow: true)?.IsSameAs(ours) == true)
                return new OutputLock(held, null);
            held.Dispose();
        }
    }

    /// <summary>Gives it up; an empty lock file is removed.</summary>
    public void Dispose()
    {
        folder?.Dispose();
        if (file is null || !file.CanRead)
            return;
        try
        {
            if (!OperatingSystem.IsWindows() && OwnFile.Is(file.Name, 0))
                File.Delete(file.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An empty file stays; the next lock uses it.
        }
        file.Dispose();
    }

    private static UserErrorException Busy(string what, string option, Exception? inner = null) =>
        new($"Another process {what}; stop that one first or choose another {option}.", inner);
}

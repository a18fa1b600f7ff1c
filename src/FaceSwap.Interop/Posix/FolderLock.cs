using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FaceSwap.Interop;

/// <summary>What became of an attempt to lock a folder.</summary>
public enum LockOutcome
{
    /// <summary>It is ours until the handle is closed or the process ends, however it does.</summary>
    Taken,

    /// <summary>Another process has it.</summary>
    Busy,

    /// <summary>The file system or the system has no such locks.</summary>
    Unsupported,
}

/// <summary>Locks a folder itself, so that nothing has to lie in it for that.</summary>
public static partial class FolderLock
{
    private const int ExclusiveNoWait = 2 | 4; // LOCK_EX | LOCK_NB

    /// <summary>Tries it, without waiting.</summary>
    /// <param name="path">An existing folder.</param>
    /// <param name="held">Holds the lock; null unless it was taken.</param>
    public static LockOutcome TryTake(string path, out SafeFileHandle? held)
    {
        held = null;
        if (OperatingSystem.IsWindows())
            return LockOutcome.Unsupported;
        // O_CLOEXEC: a program that is started must not keep the lock.
        int descriptor = open(path, OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000);
        if (descriptor < 0)
            return LockOutcome.Unsupported;
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        if (flock(descriptor, ExclusiveNoWait) == 0)
        {
            held = handle;
            return LockOutcome.Taken;
        }
        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == (OperatingSystem.IsMacOS() ? 35 : 11) ? LockOutcome.Busy : LockOutcome.Unsupported; // EWOULDBLOCK
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int descriptor, int operation);
}

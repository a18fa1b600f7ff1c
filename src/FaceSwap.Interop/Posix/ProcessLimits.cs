using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>What the system lets a process have.</summary>
public static unsafe partial class ProcessLimits
{
    private static int OpenFilesResource => OperatingSystem.IsMacOS() ? 8 : 7; // RLIMIT_NOFILE

    /// <summary>Files that the process may have open at once (<c>ulimit -n</c>): the soft limit, which the runtime has raised to the hard one; null where there is none that is known.</summary>
    public static ulong? OpenFiles
    {
        get
        {
            ulong* limits = stackalloc ulong[2]; // rlim_cur, rlim_max
            return !OperatingSystem.IsWindows() && getrlimit(OpenFilesResource, limits) == 0 ? limits[0] : null;
        }
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ulong* limits);
}

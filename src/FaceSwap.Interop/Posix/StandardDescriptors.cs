using System.Runtime.InteropServices;
using System.Text;

namespace FaceSwap.Interop;

/// <summary>
/// The descriptors 0, 1 and 2 of a process that was started without some of them (<c>2&gt;&amp;-</c>). The next files that are opened get those numbers, and what a library
/// prints then lands in whatever they are: in the runtime's own pipes, or in the user's file.
/// </summary>
public static unsafe partial class StandardDescriptors
{
    /// <summary>Standard input.</summary>
    public const int Input = 0;

    /// <summary>Standard output.</summary>
    public const int Output = 1;

    /// <summary>Standard error.</summary>
    public const int Error = 2;

    // The same on Linux and macOS.
    private const int ReadOnly = 0, WriteOnly = 1, AccessMode = 3, GetDescriptorFlags = 1, GetStatusFlags = 3, CloseOnExec = 1;

    /// <summary>
    /// Occupies those that are closed by the null device, opened the wrong way round as gnulib's stdopen does: reading from it, or writing to it, fails as with a closed one.
    /// Where the runtime has taken one for itself already, which shows by its being closed on exec as no inherited descriptor is, the program starts itself once more.
    /// To be called before anything else.
    /// </summary>
    public static void Occupy()
    {
        if (!OperatingSystem.IsLinux())
            return;
        bool taken = false;
        Span<bool> missing = stackalloc bool[3];
        for (int descriptor = Input; descriptor <= Error; descriptor++)
        {
            int flags = fcntl(descriptor, GetDescriptorFlags);
            missing[descriptor] = flags < 0 || (flags & CloseOnExec) != 0;
            taken |= flags >= 0 && missing[descriptor];
        }
        for (int descriptor = Input; descriptor <= Error; descriptor++)
        {
            if (missing[descriptor] && !Replace(descriptor))
                return;
        }
        if (taken)
            StartAgain();
    }

    /// <summary>Whether a descriptor can be read from (<see cref="Input"/>) or written to (the others).</summary>
    public static bool IsOpen(int descriptor)
    {
        if (OperatingSystem.IsWindows())
            return true;
        int flags = fcntl(descriptor, GetStatusFlags);
        return flags >= 0 && (flags & AccessMode) != (descriptor == Input ? WriteOnly : ReadOnly);
    }

    /// <summary>Writes a line to standard error without anything of the base library's console, for when too little is left to load that.</summary>
    public static void Complain(string line)
    {
        byte[] text = Encoding.UTF8.GetBytes(line + "\n");
        fixed (byte* first = text)
            _ = write(Error, first, (nuint)text.Length);
    }

    private static bool Replace(int descriptor)
    {
        int opened = open("/dev/null", descriptor == Input ? WriteOnly : ReadOnly);
        if (opened < 0)
            return false;
        if (opened == descriptor)
            return true;
        bool done = dup2(opened, descriptor) == descriptor;
        _ = close(opened);
        return done;
    }

    // Returns only where the program cannot be started.
    private static void StartAgain()
    {
        if (Environment.ProcessPath is not { } program)
            return;
        byte[] words = [.. File.ReadAllBytes("/proc/self/cmdline"), 0]; // each ends in a zero, and there is one more
        List<int> starts = [];
        for (int at = 0; at < words.Length - 1; at = Array.IndexOf(words, (byte)0, at) + 1)
            starts.Add(at);
        nint* arguments = stackalloc nint[starts.Count + 1];
        fixed (byte* first = words)
        {
            for (int i = 0; i < starts.Count; i++)
                arguments[i] = (nint)(first + starts[i]);
            arguments[starts.Count] = 0;
            _ = execv(program, arguments);
        }
    }

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc")]
    private static partial int dup2(int from, int to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execv(string path, nint* arguments);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, byte* bytes, nuint count);
}

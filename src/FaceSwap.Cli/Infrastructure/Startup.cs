using FaceSwap.Interop;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>
/// What must be right before anything else is loaded. The runtime keeps two descriptors for every assembly and meets a missing one with an abort, so that a limit that is too
/// low has to be found before the rest is needed; <c>faceswap.sh</c> looks at what the runtime itself would not start with.
/// </summary>
internal static class Startup
{
    /// <summary>Open files that every command does with; the longest list, of a conversion on a GPU, is about half of it.</summary>
    public const ulong LeastOpenFiles = 256;

    /// <summary>Puts the standard descriptors right; an exit code where the process cannot do its work, after a sentence.</summary>
    public static int? Refusal()
    {
        StandardDescriptors.Occupy();
        if (ProcessLimits.OpenFiles is not { } files || files >= LeastOpenFiles)
            return null;
        StandardDescriptors.Complain("faceswap: only " + files.ToString() + " files may be open at once (ulimit -n), and faceswap needs "
            + LeastOpenFiles.ToString() + "; raise the limit with 'ulimit -n 1024'");
        return ExitCode.UserError;
    }
}

namespace FaceSwap.Cli.Infrastructure;

/// <summary>Standard output and standard error, which may be closed, or a file on a full disk, or a terminal that is gone.</summary>
internal static class StandardStreams
{
    private static GuardedWriter? output;

    /// <summary>From here on nothing that is written to the console throws.</summary>
    public static void Guard()
    {
        output = new GuardedWriter(Console.Out);
        Console.SetOut(output);
        Console.SetError(new GuardedWriter(Console.Error));
    }

    /// <summary>Says at the end whether standard output lacks something, and what the process exits with.</summary>
    /// <param name="code">What it exits with if all could be printed.</param>
    /// <param name="printed">Whether what should have been printed was all the work: then it has failed.</param>
    public static int Settle(int code, bool printed)
    {
        output?.Flush();
        if (output?.Trouble is not { } trouble)
            return code;
        if (printed && code == ExitCode.Done)
        {
            Console.Error.WriteLine($"faceswap: the result could not be printed, because standard output cannot be written ({trouble}); send it where there is room");
            return ExitCode.UserError;
        }
        Console.Error.WriteLine($"faceswap: warning: what was done could not be printed, because standard output cannot be written ({trouble})");
        return code;
    }
}

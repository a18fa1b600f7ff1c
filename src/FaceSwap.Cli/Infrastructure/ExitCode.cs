namespace FaceSwap.Cli.Infrastructure;

/// <summary>What the command exits with.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>A check failed: <c>selftest</c>, <c>doctor</c>.</summary>
    public const int CheckFailed = 1;

    /// <summary>Some of several inputs failed, the others are done: <c>convert</c>.</summary>
    public const int SomeFailed = 1;

    /// <summary>Wrong arguments or an input that the user can mend.</summary>
    public const int UserError = 2;

    /// <summary>A fault of the program.</summary>
    public const int Fault = 3;

    /// <summary>Ended by Ctrl+C or SIGTERM: 128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}

namespace FaceSwap.Build;

/// <summary>A step that failed for a reason to tell in one sentence; the program prints it and exits with the code.</summary>
public sealed class BuildException(string message, int exitCode = 1) : Exception(message)
{
    /// <summary>What the build program exits with.</summary>
    public int ExitCode { get; } = exitCode;
}

using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>Turns exceptions into one sentence on standard error and an exit code.</summary>
internal static class Failures
{
    /// <summary>Set to 1 to see stack traces.</summary>
    private const string TraceVariable = "FACESWAP_TRACE";

    private const string NoMemory = "not enough memory; close other programs, choose a smaller --batch-size, or lift the limits that 'ulimit -a' shows";

    public static int Report(Exception failure)
    {
        Exception root = Innermost(failure);
        (string sentence, int code) = Describe(root);
        Console.Out.Flush();
        Console.Error.WriteLine("faceswap: " + OneLine(sentence));
        if (Environment.GetEnvironmentVariable(TraceVariable) == "1")
            Console.Error.WriteLine(failure);
        return code;
    }

    /// <summary>A failure as one sentence.</summary>
    public static string Sentence(Exception failure) => OneLine(Describe(Innermost(failure)).Sentence);

    private static (string Sentence, int Code) Describe(Exception failure) => failure switch
    {
        UserErrorException => (failure.Message, ExitCode.UserError),
        OperationCanceledException => ("interrupted; finished work is kept and nothing unfinished was left under a final name", ExitCode.Interrupted),
        ShimMismatchException => (failure.Message, ExitCode.UserError),
        DllNotFoundException => ("a native library could not be loaded; 'faceswap doctor' says which one and how to get it", ExitCode.UserError),
        EntryPointNotFoundException => ("the native shim is older than this program; build it again with ./build.sh build", ExitCode.UserError),
        ShimException { Status: ShimStatus.OutOfMemory } => (NoMemory, ExitCode.UserError),
        ShimException { Status: ShimStatus.NoSpace or ShimStatus.Permission or ShimStatus.NotFound or ShimStatus.InvalidData } =>
            (failure.Message, ExitCode.UserError),
        CudaException { Result: CudaResult.OutOfMemory } e => ($"not enough memory for {e.Device}; close other programs or choose a smaller --batch-size", ExitCode.UserError),
        UnauthorizedAccessException or IOException => (failure.Message, ExitCode.UserError),
        // What the library makes of EFBIG, which has no exception of its own.
        ArgumentOutOfRangeException { ParamName: "value", StackTrace: { } trace } when trace.TrimStart().StartsWith("at System.IO.", StringComparison.Ordinal)
            || trace.TrimStart().StartsWith("at Microsoft.Win32.", StringComparison.Ordinal) || trace.TrimStart().StartsWith("at Interop.", StringComparison.Ordinal) =>
            ("a file would become larger than the limit ('ulimit -f') or than its file system allows; lift the limit or write elsewhere", ExitCode.UserError),
        ThreadStartException => ("no more threads can be started; raise the limit with 'ulimit -u 4096'", ExitCode.UserError),
        OutOfMemoryException => (NoMemory, ExitCode.UserError),
        _ => ($"unexpected {failure.GetType().Name}: {failure.Message} (set {TraceVariable}=1 to see where)", ExitCode.Fault),
    };

    // Several workers of one pipeline may report together; what the user can mend comes first, a mere cancellation last.
    private static Exception Innermost(Exception failure)
    {
        if (failure is AggregateException aggregate)
        {
            return aggregate.Flatten().InnerExceptions.OrderBy(e => e is UserErrorException ? 0 : e is OperationCanceledException ? 2 : 1)
                .Select(Innermost).FirstOrDefault() ?? failure;
        }
        return failure is System.Reflection.TargetInvocationException or TypeInitializationException or TaskSchedulerException && failure.InnerException is { } inner
            ? Innermost(inner)
            : failure;
    }

    private static string OneLine(string text) => string.Join(' ', text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}

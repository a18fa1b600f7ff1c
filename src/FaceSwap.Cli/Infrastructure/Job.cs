using FaceSwap.Pipeline;
using Spectre.Console;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>What a running command has at hand: the cancellation, progress on standard error, results on standard output.</summary>
internal sealed class Job(CancellationToken cancellation)
{
    private readonly IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Cancelled by Ctrl+C or SIGTERM.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Runs a workflow with progress: live on a terminal, lines every few seconds elsewhere.</summary>
    public T Run<T>(Func<IProgress<WorkProgress>, CancellationToken, T> work) => Console.IsErrorRedirected || !console.Profile.Capabilities.Ansi
        ? work(new PlainProgress(Console.Error), Cancellation)
        : LiveProgress.Run(console, progress => work(progress, Cancellation));

    /// <summary>Something the user should know that stops nothing.</summary>
    public static void Warn(string sentence) => Console.Error.WriteLine("faceswap: warning: " + sentence);

    /// <summary>A line of the summary.</summary>
    public static void Say(string line) => Console.Out.WriteLine(line);
}

using FaceSwap.Pipeline;
using Spectre.Console;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>What a running command has at hand: the cancellation, progress on standard error, results on standard output.</summary>
internal sealed class Job(CancellationToken cancellation)
{
    private readonly IAnsiConsole console = OpenConsole();

    /// <summary>Cancelled by Ctrl+C or SIGTERM.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Runs a workflow with progress: live on a terminal, lines every few seconds elsewhere.</summary>
    public T Run<T>(Func<IProgress<WorkProgress>, CancellationToken, T> work) => Console.IsErrorRedirected || !console.Profile.Capabilities.Ansi
        ? work(new PlainProgress(Console.Error), Cancellation)
        : LiveProgress.Run(console, progress => work(progress, Cancellation));

    /// <summary>Something the user should know that stops nothing; goes above a live display.</summary>
    public void Warn(string sentence) => console.WriteLine("faceswap: warning: " + sentence);

    /// <summary>Several of them.</summary>
    public void Warn(IEnumerable<string> sentences)
    {
        foreach (string sentence in sentences)
            Warn(sentence);
    }

    /// <summary>What was chosen for the user; on standard error, where it does not mix with results, above a live display.</summary>
    public void Note(string line) => console.WriteLine(line);

    /// <summary>A line of the summary.</summary>
    public static void Say(string line) => Console.Out.WriteLine(line);

    // Lines are cut where the reader's terminal ends, but never in a log.
    private static IAnsiConsole OpenConsole()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected)
            console.Profile.Width = int.MaxValue;
        return console;
    }
}

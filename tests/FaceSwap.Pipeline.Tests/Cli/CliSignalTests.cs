using FaceSwap.Models;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Cli;

/// <summary>Signals end the work in order, and what is done is saved; those that were ignored at the start stay so.</summary>
public sealed class CliSignalTests(CliAssets assets) : IClassFixture<CliAssets>, IDisposable
{
    // Waits until the training reports an iteration, which it does about every five seconds.
    private const string AwaitIteration = "for i in $(seq 1800); do grep -q ' iterations' log && break; kill -0 $p || break; sleep 0.1; done; ";

    private readonly TempFolder folder = new("signals");

    private string Train(string through = "") => $"{through} \"$F\" train -A '{assets.Faces}' -B '{assets.Faces}' -m model -t Light -bs 1 -s 100000000 --device cpu > log 2>&1 & p=$!; " + AwaitIteration;

    public void Dispose() => folder.Dispose();

    // A terminal that closes sends SIGHUP twice: to its foreground, and by the shell.
    [SkippableTheory]
    [InlineData("kill -HUP $p")]
    [InlineData("kill -HUP $p; kill -HUP $p; kill -TERM $p")]
    [InlineData("kill -TERM $p")]
    [InlineData("kill -INT $p")]
    [InlineData("kill -QUIT $p")]
    public void Training_is_saved(string signals)
    {
        Shell.Require();
        // Without job control a shell lets its background ignore SIGINT and SIGQUIT, and what this process ignores its children would.
        CliRun run = Shell.Run(folder.Path, $"set -m; {Train("env --default-signal=HUP,INT,QUIT")} {signals}; wait $p");
        Assert.True(run.ExitCode == 130, $"exit code {run.ExitCode}: {File.ReadAllText(folder["log"])}");
        using CheckpointFolder model = CheckpointFolder.ForReading(folder["model"]);
        Assert.True(model.Open("Light", warning => Assert.Fail(warning)).State.Iteration > 0);
    }

    [SkippableFact]
    public void Under_nohup_a_lost_terminal_ends_nothing()
    {
        Shell.Require();
        CliRun run = Shell.Run(folder.Path, $"trap '' HUP; {Train()} kill -HUP $p; before=$(grep -c ' iterations' log); "
            + "for i in $(seq 600); do [ $(grep -c ' iterations' log) -gt $before ] && break; kill -0 $p || exit 99; sleep 0.1; done; kill -TERM $p; wait $p");
        Assert.True(run.ExitCode == 130, $"exit code {run.ExitCode}: {File.ReadAllText(folder["log"])}");
    }

    [SkippableTheory]
    [InlineData("< fifo > out.y4m", "exec 9<>fifo")] // the header never comes
    [InlineData("< fifo > out.y4m", "exec 9<>fifo; echo 'YUV4MPEG2 W64 H48 F25:1 C420jpeg' >&9; printf 'FRAME\\nrest' >&9")] // nor the rest of a frame
    [InlineData("< many.y4m > fifo", "exec 9<>fifo")] // nobody takes the frames
    [InlineData("< many.y4m | sleep 240", "true")]
    public void Pipe_stops_while_it_waits_for_another_program(string streams, string other)
    {
        Shell.Require();
        using (FileStream many = File.Create(folder["many.y4m"]))
        {
            many.Write("YUV4MPEG2 W320 H240 F25:1 C420jpeg\n"u8);
            byte[] frame = new byte[320 * 240 * 3 / 2];
            for (int i = 0; i < 40; i++)
            {
                many.Write("FRAME\n"u8);
                many.Write(frame);
            }
        }
        // The command writes its number into a file, since the last of a pipe is what $! names.
        string pipe = $"(echo $BASHPID > pid; exec \"$F\" pipe -m '{assets.Model}' --device cpu 2> log) {streams}";
        if (streams.Contains('|'))
            pipe = $"(\"$F\" pipe -m '{assets.Model}' --device cpu < many.y4m 2> log & echo $! > pid; wait $!; echo $? > code) | sleep 240";
        string code = streams.Contains('|') ? "for i in $(seq 100); do [ -s code ] && break; sleep 0.1; done; exit $(cat code)" : "wait $p";
        CliRun run = Shell.Run(folder.Path, $"mkfifo fifo; {other}; {pipe} & p=$!; for i in $(seq 600); do grep -q device log && break; sleep 0.1; done; sleep 2; "
            + $"kill -TERM $(cat pid); {code}");
        Assert.True(run.ExitCode == 130, $"exit code {run.ExitCode}: {run.Error} {File.ReadAllText(folder["log"])}");
    }

    [SkippableFact]
    public void Pipe_refuses_closed_streams_at_once()
    {
        Shell.Require();
        string pipe = $"\"$F\" pipe -m '{assets.Model}' --device cpu";
        Shell.Run(folder.Path, $"{pipe} <&- > out.y4m").AssertRefused("standard input, which is closed");
        Shell.Run(folder.Path, $"{pipe} < /dev/null >&-").AssertRefused("standard output, which is closed");
        Shell.Run(folder.Path, $"{pipe} < . > out.y4m").AssertRefused("standard input cannot be read", "directory");
    }
}

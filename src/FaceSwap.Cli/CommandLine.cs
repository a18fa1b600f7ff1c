using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using FaceSwap.Cli.Commands;
using FaceSwap.Cli.Infrastructure;
using FaceSwap.Core;

namespace FaceSwap.Cli;

/// <summary>Parses the arguments, runs the command and maps every failure to a sentence and an exit code.</summary>
internal static class CommandLine
{
    public static int Run(string[] arguments)
    {
        StandardStreams.Guard();
        ParseResult? parsed = null;
        int code;
        try
        {
            // Bundling would read the classic -bs as -b -s; file names may begin with '@'.
            ParserConfiguration parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };
            parsed = BuildRoot().Parse(arguments, parser);
            if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
                return Refuse(parsed);
            code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception failure)
        {
            code = Failures.Report(failure);
        }
        return StandardStreams.Settle(code, parsed is not null && PrintsItsResult(parsed));
    }

    public static int Execute(FaceSwapCommand command, ParseResult parsed)
    {
        RequireNames(parsed);
        using Interruption interruption = new();
        using HeapBound heap = new();
        return command.Execute(parsed, new Job(interruption.Token));
    }

    // Arguments that are not UTF-8 name no file here, and the sentences about missing files would not be true.
    private static void RequireNames(ParseResult parsed)
    {
        string here = Environment.CurrentDirectory;
        if (FileNames.IsLost(here))
            throw new UserErrorException($"the name of the current folder '{here}', or of one above it, is not UTF-8; {FileNames.Remedy}, or call this from elsewhere");
        foreach (Token token in parsed.Tokens)
            FileNames.RequireUtf8(token.Value);
    }

    /// <summary>All commands with their options.</summary>
    internal static RootCommand BuildRoot()
    {
        RootCommand root = new("Swaps faces in video with an autoencoder that is trained on two people.")
        {
            new SwapCommand(),
            new ExtractCommand(),
            new SortCommand(),
            new TrainCommand(),
            new ConvertCommand(),
            new PipeCommand(),
            new VideoToFramesCommand(),
            new FramesToVideoCommand(),
            new AlignmentsCommand(),
            new ModelsCommand(),
            new BenchCommand(),
            new SelftestCommand(),
            new DoctorCommand(),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.SetAction(parsed =>
        {
            root.Parse("--help").Invoke();
            return ExitCode.UserError;
        });
        return root;
    }

    // Help and version are printed by actions of their own.
    private static bool PrintsItsResult(ParseResult parsed) =>
        parsed.Action != parsed.CommandResult.Command.Action || parsed.CommandResult.Command is RootCommand
        || (parsed.CommandResult.Command is FaceSwapCommand command && command.PrintsItsResult(parsed));

    private static int Refuse(ParseResult parsed)
    {
        ParseError error = parsed.Errors[0];
        string command = "faceswap" + Path(parsed.CommandResult);
        string? unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        string message = unknown is null ? Lower(error.Message.TrimEnd('.'))
            : unknown.StartsWith('-') ? $"there is no option '{unknown}'"
            : parsed.CommandResult.Command is RootCommand ? $"there is no command '{unknown}'"
            : $"'{unknown}' is one argument too many";
        Console.Error.WriteLine($"faceswap: {message}; '{command} --help' shows what there is");
        return ExitCode.UserError;
    }

    // A subcommand is named with the command that it belongs to.
    private static string Path(CommandResult result) =>
        result.Command is RootCommand ? "" : (result.Parent is CommandResult parent ? Path(parent) : "") + " " + result.Command.Name;

    private static string Lower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}

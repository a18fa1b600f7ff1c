using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The standard help followed by the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction standard) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = standard.Invoke(parseResult);
        if (parseResult.CommandResult.Command is FaceSwapCommand { Examples.Count: > 0 } command)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in command.Examples)
                output.WriteLine("  " + example);
            output.WriteLine();
        }
        return code;
    }
}

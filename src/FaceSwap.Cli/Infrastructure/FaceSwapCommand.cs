using System.CommandLine;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>The base of every command: its examples for the help, and its work.</summary>
internal abstract class FaceSwapCommand : Command
{
    protected FaceSwapCommand(string name, string description, params string[] examples) : base(name, description)
    {
        Examples = examples;
        SetAction(parsed => CommandLine.Execute(this, parsed));
    }

    /// <summary>Command lines shown at the end of the help.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Does the work and returns the exit code.</summary>
    public abstract int Execute(ParseResult parsed, Job job);

    /// <summary>Whether all that comes of the command is what it prints, so that it has failed where nothing can be printed; otherwise the lines only report on work that is done.</summary>
    public virtual bool PrintsItsResult(ParseResult parsed) => false;

    /// <summary>Adds options in the order in which the help lists them.</summary>
    protected void AddAll(params Option[] options)
    {
        foreach (Option option in options)
            Add(option);
    }
}

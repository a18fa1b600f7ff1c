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

    /// <summary>Adds options in the order in which the help lists them.</summary>
    protected void AddAll(params Option[] options)
    {
        foreach (Option option in options)
            Add(option);
    }
}

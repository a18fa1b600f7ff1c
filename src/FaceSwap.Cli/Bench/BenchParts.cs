namespace FaceSwap.Cli.Bench;

/// <summary>The parts that <c>bench</c> measures: the one list of their names and of what each is.</summary>
internal static class BenchParts
{
    public const string Train = "train", TrainLoop = "train-loop", Kernels = "kernels", Inference = "inference", Detect = "detect", Track = "track",
        Blend = "blend", Convert = "convert", ConvertRest = "convert-rest";

    private enum When
    {
        Named,
        Always,
        WithInput,
    }

    private sealed record Part(string Name, string Measures, When When = When.Named, bool NeedsInput = false);

    private static readonly Part[] All =
    [
        new(Train, "iterations of training", When.Always),
        new(TrainLoop, "training as the command does it, with its losses and saves"),
        new(Kernels, "the device's ceilings, and the kernels that move bytes"),
        new(Inference, "the network that makes faces", When.Always),
        new(Detect, "finding faces and landmarks in a frame", When.Always),
        new(Track, "following faces against searching every frame", NeedsInput: true),
        new(Blend, "putting a face back into a frame"),
        new(Convert, "a conversion of a video, whole and without network and codecs", When.WithInput, NeedsInput: true),
        new(ConvertRest, "a conversion without network and codecs alone", NeedsInput: true),
    ];

    /// <summary>The names, in the order of the help.</summary>
    public static string[] Names => [.. All.Select(p => p.Name)];

    /// <summary>The parts with what they measure, in one sentence.</summary>
    public static string Sentence => string.Join("; ", All.Select(p => $"{p.Name}: {p.Measures}"));

    /// <summary>Those measured when none is named, in words.</summary>
    public static string Standard => $"{Listed(When.Always)}, and with an --input {Listed(When.WithInput)}";

    /// <summary>Whether a part that was named cannot be measured without a video.</summary>
    public static bool NeedsInput(string name) => Named(name).NeedsInput;

    /// <summary>Whether a part is to be measured.</summary>
    /// <param name="name">The part.</param>
    /// <param name="only">The one that was named; null: none.</param>
    /// <param name="hasInput">Whether there is a video.</param>
    public static bool Wanted(string name, string? only, bool hasInput) =>
        only is not null ? only == name : Named(name).When == When.Always || (Named(name).When == When.WithInput && hasInput);

    private static Part Named(string name) => All.Single(p => p.Name == name);

    private static string Listed(When when) => string.Join(", ", All.Where(p => p.When == when).Select(p => p.Name));
}

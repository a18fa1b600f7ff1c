using System.CommandLine;
using FaceSwap.Compute;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Cli.Infrastructure;

/// <summary><c>--device</c>, <c>--precision</c> and <c>--deterministic</c>.</summary>
/// <param name="standard">The precision when none is given; null: fp32 on the processor, auto on a GPU.</param>
internal sealed class DeviceChoices(string? standard)
{
    private const string Fp32 = "fp32";

    private readonly Option<string> device = new("--device")
    {
        Description = "What computes: auto takes an NVIDIA GPU where one can be used and otherwise cpu; cuda:N is GPU number N; cpu is our own kernels and SIMD; onednn has oneDNN compute the products (for comparison); reference is plain C# (slow, for checks)",
        HelpName = "auto|cuda[:N]|cpu|onednn|reference",
        DefaultValueFactory = _ => Backends.Auto,
        CustomParser = result =>
        {
            string word = result.Tokens.Count == 1 ? result.Tokens[0].Value.ToLowerInvariant() : "";
            if (Backends.IsDevice(word))
                return word;
            result.AddError($"--device is one of auto, cuda, cuda:N, cpu, onednn, reference, not '{word}'");
            return Backends.Auto;
        },
    };

    private readonly Option<string?> precision = Opt.OptionalChoice("--precision", [],
        "Arithmetic of the network; auto takes tf32 (training) or bf16 (otherwise) on a GPU that has it, and on the processor bf16 where that was measured to be faster "
        + $"than fp32; what is resumed stays in its own [default: {standard ?? "fp32 on the processor, auto on a GPU"}]", Backends.Auto, Fp32, "tf32", "bf16");

    private readonly Option<bool> deterministic = Opt.Flag("--deterministic", [],
        "On a GPU use only algorithms that give the same bits every time; a processor has no others");

    /// <summary>The options, for the command.</summary>
    public Option[] All => [device, precision, deterministic];

    /// <summary><c>--device</c> alone, for commands whose networks have one precision.</summary>
    public Option<string> Device => device;

    /// <summary>Where networks find and describe faces: opens nothing yet. Tells the job, if one is given, of a GPU that <c>auto</c> took.</summary>
    public FaceDevice Faces(ParseResult parsed, Job? job) => Backends.Faces(parsed.GetRequiredValue(device), job is null ? null : job.Note);

    /// <summary>Opens the device; tells the job, if one is given, which one <c>auto</c> took.</summary>
    public IBackend Open(ParseResult parsed, Job? job) => Backends.Open(parsed.GetRequiredValue(device), parsed.GetValue(deterministic),
        job is null ? null : job.Note);

    /// <summary>The precision asked for; null: none was, or <c>auto</c>.</summary>
    /// <exception cref="UserErrorException">The device does not have it.</exception>
    public Precision? Asked(ParseResult parsed, IBackend backend) => Backends.Asked(parsed.GetValue(precision) ?? Backends.Auto, backend);

    /// <summary>The precision of new work for which none is asked; null: <c>auto</c>.</summary>
    public Precision? Standard(ParseResult parsed, IBackend backend) =>
        Backends.Asked(parsed.GetValue(precision) is null ? StandardWord(backend) : Backends.Auto, backend);

    /// <summary>The precision, and why it is that, for work that nothing was recorded of.</summary>
    /// <exception cref="UserErrorException">The device does not have it.</exception>
    public ReasonedPrecision Choose(ParseResult parsed, IBackend backend, bool training) => Asked(parsed, backend) is { } asked
        ? ReasonedPrecision.Asked(asked, backend, training)
        : Standard(parsed, backend) is { } known ? new ReasonedPrecision(known, "the standard here; --precision auto chooses") : ReasonedPrecision.Auto(backend, training);

    private string StandardWord(IBackend backend) => standard ?? (Backends.IsCuda(backend) ? Backends.Auto : Fp32);
}

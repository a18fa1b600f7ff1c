using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>A precision and why it was taken, for people.</summary>
internal sealed record ReasonedPrecision(Precision Precision, string Why)
{
    /// <summary>As on the command line.</summary>
    public string Name => Precision.ToString().ToLowerInvariant();

    /// <summary>The one that was asked for.</summary>
    public static ReasonedPrecision Asked(Precision precision, IBackend backend, bool training) => new(precision,
        precision == Precision.Bf16 && backend.ChoosePrecision(training).Measured is { } rates && rates.IsSlow(precision)
            ? $"asked for, though slower: {rates}"
            : "asked for");

    /// <summary>The one that the device prefers.</summary>
    public static ReasonedPrecision Auto(IBackend backend, bool training) => Of(backend.ChoosePrecision(training), backend);

    /// <summary>A choice of the device's.</summary>
    internal static ReasonedPrecision Of(PrecisionChoice choice, IBackend backend) => new(choice.Precision,
        choice.Measured is { } rates ? $"auto, measured: {rates}"
        : backend is CpuBackend ? "auto; this processor has no bf16"
        : $"auto on {backend.Info.Name}");
}

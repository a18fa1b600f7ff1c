using System.Globalization;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Interop;

namespace FaceSwap.Cli.Doctor;

/// <summary>What the processor's products reach in each precision, and which one <c>auto</c> takes.</summary>
internal static class PrecisionFacts
{
    public static IEnumerable<(string Name, string Value)> All()
    {
        if (!NativeLibraries.Probe(ShimNative.Library).IsAvailable)
            return [];
        using CpuBackend backend = new();
        return Describe(backend.MeasurePrecisions(), backend.Info.Threads);
    }

    /// <summary>The lines for what was measured.</summary>
    internal static IEnumerable<(string Name, string Value)> Describe(CpuPrecisionRates rates, int threads)
    {
        bool bf16 = rates.Inference.Bf16FlopsPerSecond > 0;
        Precision inference = rates.Inference.Best, training = rates.Training.Best;
        yield return ("fp32", Rates(rates.Inference.Fp32FlopsPerSecond, rates.Training.Fp32FlopsPerSecond) + $", measured once on {threads} thread(s)");
        yield return ("bf16", bf16 ? Rates(rates.Inference.Bf16FlopsPerSecond, rates.Training.Bf16FlopsPerSecond) : "this processor has no instructions for it");
        yield return ("precision", $"auto takes {Word(inference)}" + (training == inference ? "" : $", and {Word(training)} to train") + " on the processor"
            + (bf16 ? $" (bf16 where it is at least {PrecisionRates.WorthIt.ToString(CultureInfo.InvariantCulture)} times as fast)" : ""));
    }

    private static string Rates(double inference, double training) =>
        $"{PrecisionRates.Gigaflops(inference)} GFLOP/s converting, {PrecisionRates.Gigaflops(training)} training";

    private static string Word(Precision precision) => precision.ToString().ToLowerInvariant();
}

using System.Globalization;

namespace FaceSwap.Compute;

/// <summary>How fast a device's products are in two precisions, as measured there.</summary>
/// <param name="Fp32FlopsPerSecond">Multiplications and additions in a second, fp32.</param>
/// <param name="Bf16FlopsPerSecond">The same in bf16; 0 where the device has no such products.</param>
public sealed record PrecisionRates(double Fp32FlopsPerSecond, double Bf16FlopsPerSecond)
{
    /// <summary>How many times fp32's rate bf16 must have to be worth its seven bits of mantissa: more than two measurements of one thing differ by.</summary>
    public const double WorthIt = 1.1;

    /// <summary>bf16 where it is worth it, otherwise fp32.</summary>
    public Precision Best => Bf16FlopsPerSecond >= WorthIt * Fp32FlopsPerSecond ? Precision.Bf16 : Precision.Fp32;

    /// <summary>Whether a precision was measured to be slower than fp32.</summary>
    public bool IsSlow(Precision precision) => precision == Precision.Bf16 && Bf16FlopsPerSecond < Fp32FlopsPerSecond;

    /// <summary>Both for people: <c>401 GFLOP/s in fp32, 172 in bf16</c>.</summary>
    public override string ToString()
    {
        string fp32 = Gigaflops(Fp32FlopsPerSecond) + " GFLOP/s in fp32";
        return Bf16FlopsPerSecond > 0 ? $"{fp32}, {Gigaflops(Bf16FlopsPerSecond)} in bf16" : fp32;
    }

    /// <summary>A rate as people read it, in GFLOP/s.</summary>
    public static string Gigaflops(double rate) => (rate / 1e9).ToString(rate < 1e11 ? "G3" : "F0", CultureInfo.InvariantCulture);
}

/// <summary>What <c>auto</c> means on a device.</summary>
/// <param name="Precision">The precision.</param>
/// <param name="Measured">What it was chosen by; null: the device has but one answer, which is the same every time.</param>
public sealed record PrecisionChoice(Precision Precision, PrecisionRates? Measured);

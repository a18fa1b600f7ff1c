namespace FaceSwap.Compute.Conformance;

/// <summary>
/// How far a sum of products may be from the exact one, in parts of its magnitude Σ|a|·|b| (not of the sum, which may cancel).
///
/// Each product and addition in single precision errs by at most u = 2⁻²⁴ of its result. In the worst case K of them add up to K·u of
/// the magnitude; errors of independent sign to about √K·u (Higham and Mary, SIAM J. Sci. Comput. 41, 2019). Eight times that is allowed:
/// exceeding it by chance is out of the question, and a missing term is far above it.
///
/// A factor that was rounded to fewer bits errs by 2⁻¹¹ (tf32, 10 bits kept) or 2⁻⁸ (bf16, 7 bits kept) of itself. Both factors may be
/// rounded (the kernel always is; the gradient is again after the activation's slope), and a result stored as bf16 is rounded once more.
/// </summary>
internal static class Tolerance
{
    private const double Single = 1.0 / (1 << 24);

    /// <summary>Half a unit in the last place, as a part of the value: what storing or multiplying in this precision costs.</summary>
    public static double Rounding(Precision precision) => precision switch
    {
        Precision.Fp32 => Single,
        Precision.Tf32 => 1.0 / (1 << 11),
        Precision.Bf16 => 1.0 / (1 << 8),
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };

    /// <summary>Bound of |error| / Σ|a|·|b| for sums of <paramref name="terms"/> products.</summary>
    public static double Sum(long terms, Precision precision) =>
        (8 * Math.Sqrt(terms) * Single) + (precision == Precision.Fp32 ? 0 : 3 * Rounding(precision));

    /// <summary>Bound of the relative error of a value that is computed in single precision in <paramref name="roundings"/> steps and then stored.</summary>
    public static double Elementwise(int roundings, Precision storedAs) =>
        (roundings * Single) + (storedAs == Precision.Bf16 ? Rounding(storedAs) : 0);
}

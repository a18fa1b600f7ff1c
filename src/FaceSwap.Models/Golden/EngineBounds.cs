using FaceSwap.Compute;

namespace FaceSwap.Models.Golden;

/// <summary>The agreement with the golden values that each precision has to reach; null where nothing is asked.</summary>
/// <param name="Forward">Forward values, absolute.</param>
/// <param name="Loss">Losses, relative.</param>
/// <param name="GradientNorm">Norm of each tensor's gradient, relative.</param>
/// <param name="GradientValue">Values of a gradient, relative to the tensor's largest listed magnitude.</param>
/// <param name="Change">Norm of the change of each tensor's weights, relative.</param>
internal sealed record EngineBounds(double? Forward, double Loss, double GradientNorm, double? GradientValue, double? Change)
{
    public static EngineBounds For(Precision precision) => precision switch
    {
        Precision.Fp32 => new EngineBounds(1e-4, 1e-5, 1e-3, 1e-3, 1e-2),
        Precision.Tf32 => new EngineBounds(1e-3, 1e-4, 1e-2, 1e-2, 1e-1),
        Precision.Bf16 => new EngineBounds(null, 1e-2, 5e-2, null, null),
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };
}

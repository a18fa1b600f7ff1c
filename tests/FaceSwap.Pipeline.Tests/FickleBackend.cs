using FaceSwap.Compute;
using FaceSwap.Models.Tests;

namespace FaceSwap.Pipeline.Tests;

/// <summary>
/// The processor's backend as it would be with two precisions and a mind that changes: it computes in fp32 whatever it is asked for,
/// and prefers what it is told to. So what a job does with a preference can be seen on any processor.
/// </summary>
internal sealed class FickleBackend(IBackend inner, Precision preferred) : WrappedBackend(inner)
{
    /// <summary>What its preference was chosen by; null: it is fixed, as a GPU's.</summary>
    public required PrecisionRates? Measured { get; init; }

    /// <summary>What was asked for its preference: whether to train.</summary>
    public List<bool> Asked { get; } = [];

    public override bool Supports(Precision precision) => true;

    public override PrecisionChoice ChoosePrecision(bool training)
    {
        Asked.Add(training);
        return new PrecisionChoice(preferred, Measured);
    }

    public override IConv2d CreateConv2d(in Conv2dSpec spec) => base.CreateConv2d(spec with { Precision = Precision.Fp32 });

    public override IDense CreateDense(in DenseSpec spec) => base.CreateDense(spec with { Precision = Precision.Fp32 });

    public override ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => base.CreateSigmoidL1(spec with { Precision = Precision.Fp32 });
}

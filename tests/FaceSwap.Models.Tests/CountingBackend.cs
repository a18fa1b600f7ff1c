using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A backend that counts what is created through it: buffers, operations and recordings.</summary>
internal sealed class CountingBackend(IBackend inner) : WrappedBackend(inner)
{
    public int Creations { get; private set; }

    public override DeviceBuffer Allocate(long bytes, string label) => Counted(base.Allocate(bytes, label));

    public override IReadback CreateReadback(long bytes, int depth) => Counted(base.CreateReadback(bytes, depth));

    public override IRecording Record(Action enqueue) => Counted(base.Record(enqueue));

    public override IConv2d CreateConv2d(in Conv2dSpec spec) => Counted(base.CreateConv2d(spec));

    public override IDense CreateDense(in DenseSpec spec) => Counted(base.CreateDense(spec));

    public override ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => Counted(base.CreateSigmoidL1(spec));

    public override IAdam CreateAdam(in AdamSpec spec) => Counted(base.CreateAdam(spec));

    public override IAugment CreateAugment(in AugmentSpec spec) => Counted(base.CreateAugment(spec));

    private T Counted<T>(T created)
    {
        Creations++;
        return created;
    }
}

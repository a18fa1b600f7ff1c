using FaceSwap.Compute;

namespace FaceSwap.Pipeline.Tests;

/// <summary>
/// The processor's backend as it would be with two precisions and a mind that changes: it computes in fp32 whatever it is asked for, and prefers what it is told to. So what a job does
/// with a preference can be seen on any processor.
/// </summary>
internal sealed class FickleBackend(IBackend inner, Precision preferred) : IBackend
{
    /// <summary>What its preference was chosen by; null: it is fixed, as a GPU's.</summary>
    public required PrecisionRates? Measured { get; init; }

    /// <summary>What was asked for its preference: whether to train.</summary>
    public List<bool> Asked { get; } = [];

    public BackendInfo Info => inner.Info;

    public DeviceMemory Memory => inner.Memory;

    public bool Supports(Precision precision) => true;

    public PrecisionChoice ChoosePrecision(bool training)
    {
        Asked.Add(training);
        return new PrecisionChoice(preferred, Measured);
    }

    public DeviceBuffer Allocate(long bytes, string label) => inner.Allocate(bytes, label);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged => inner.Upload(source, destination);

    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged => inner.Download(source, destination);

    public IReadback CreateReadback(long bytes, int depth) => inner.CreateReadback(bytes, depth);

    public void Clear(DeviceSpan<byte> destination) => inner.Clear(destination);

    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType) =>
        inner.Convert(source, sourceType, destination, destinationType);

    public void Increment(DeviceSpan<long> counter, long amount) => inner.Increment(counter, amount);

    public void Synchronize() => inner.Synchronize();

    public IRecording Record(Action enqueue) => inner.Record(enqueue);

    public IConv2d CreateConv2d(in Conv2dSpec spec) => inner.CreateConv2d(spec with { Precision = Precision.Fp32 });

    public IDense CreateDense(in DenseSpec spec) => inner.CreateDense(spec with { Precision = Precision.Fp32 });

    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => inner.CreateSigmoidL1(spec with { Precision = Precision.Fp32 });

    public IAdam CreateAdam(in AdamSpec spec) => inner.CreateAdam(spec);

    public IAugment CreateAugment(in AugmentSpec spec) => inner.CreateAugment(spec);

    public void Dispose() => inner.Dispose();
}

using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>Another backend, of which a test changes what it is about.</summary>
internal abstract class WrappedBackend(IBackend inner) : IBackend
{
    public BackendInfo Info => inner.Info;

    public DeviceMemory Memory => inner.Memory;

    public bool RepeatsToTheBit => inner.RepeatsToTheBit;

    public virtual bool Supports(Precision precision) => inner.Supports(precision);

    public virtual PrecisionChoice ChoosePrecision(bool training) => inner.ChoosePrecision(training);

    public virtual DeviceBuffer Allocate(long bytes, string label) => inner.Allocate(bytes, label);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged => inner.Upload(source, destination);

    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged => inner.Download(source, destination);

    public virtual IReadback CreateReadback(long bytes, int depth) => inner.CreateReadback(bytes, depth);

    public void Clear(DeviceSpan<byte> destination) => inner.Clear(destination);

    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType) =>
        inner.Convert(source, sourceType, destination, destinationType);

    public void Increment(DeviceSpan<long> counter, long amount) => inner.Increment(counter, amount);

    public void Synchronize() => inner.Synchronize();

    public virtual IRecording Record(Action enqueue) => inner.Record(enqueue);

    public virtual IConv2d CreateConv2d(in Conv2dSpec spec) => inner.CreateConv2d(spec);

    public virtual IDense CreateDense(in DenseSpec spec) => inner.CreateDense(spec);

    public virtual ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => inner.CreateSigmoidL1(spec);

    public virtual IAdam CreateAdam(in AdamSpec spec) => inner.CreateAdam(spec);

    public virtual IAugment CreateAugment(in AugmentSpec spec) => inner.CreateAugment(spec);

    public void Dispose() => inner.Dispose();
}

using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A backend that counts what is created through it: buffers, operations and recordings.</summary>
internal sealed class CountingBackend(IBackend inner) : IBackend
{
    public int Creations { get; private set; }

    public BackendInfo Info => inner.Info;

    public bool Supports(Precision precision) => inner.Supports(precision);

    public DeviceMemory Memory => inner.Memory;

    public DeviceBuffer Allocate(long bytes, string label) => Counted(inner.Allocate(bytes, label));

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged => inner.Upload(source, destination);

    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged => inner.Download(source, destination);

    public IReadback CreateReadback(long bytes, int depth) => Counted(inner.CreateReadback(bytes, depth));

    public void Clear(DeviceSpan<byte> destination) => inner.Clear(destination);

    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType) =>
        inner.Convert(source, sourceType, destination, destinationType);

    public void Increment(DeviceSpan<long> counter, long amount) => inner.Increment(counter, amount);

    public void Synchronize() => inner.Synchronize();

    public IRecording Record(Action enqueue) => Counted(inner.Record(enqueue));

    public IConv2d CreateConv2d(in Conv2dSpec spec) => Counted(inner.CreateConv2d(spec));

    public IDense CreateDense(in DenseSpec spec) => Counted(inner.CreateDense(spec));

    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => Counted(inner.CreateSigmoidL1(spec));

    public IAdam CreateAdam(in AdamSpec spec) => Counted(inner.CreateAdam(spec));

    public IAugment CreateAugment(in AugmentSpec spec) => Counted(inner.CreateAugment(spec));

    public void Dispose() => inner.Dispose();

    private T Counted<T>(T created)
    {
        Creations++;
        return created;
    }
}

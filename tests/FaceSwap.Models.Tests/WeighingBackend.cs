using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A backend that adds up what is allocated through it.</summary>
internal sealed class WeighingBackend(IBackend inner) : IBackend
{
    private readonly List<DeviceBuffer> faces = [];

    /// <summary>Bytes allocated, faces and the operations' workspace not counted.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes allocated for weights, counted in <see cref="Bytes"/> too.</summary>
    public long WeightBytes { get; private set; }

    /// <summary>Bytes of the operations' workspace.</summary>
    public long WorkspaceBytes { get; private set; }

    public BackendInfo Info => inner.Info;

    public DeviceMemory Memory => inner.Memory;

    public bool Supports(Precision precision) => inner.Supports(precision);

    public DeviceSpan<byte> Faces(long bytes)
    {
        faces.Add(inner.Allocate(bytes, "faces"));
        return faces[^1].Span<byte>();
    }

    public void Release() => faces.ForEach(f => f.Dispose());

    public DeviceBuffer Allocate(long bytes, string label)
    {
        if (label == "the operations' workspace")
            WorkspaceBytes += bytes;
        else
            Bytes += bytes;
        if (label == "the network's weights")
            WeightBytes += bytes;
        return inner.Allocate(bytes, label);
    }

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged => inner.Upload(source, destination);

    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged => inner.Download(source, destination);

    public IReadback CreateReadback(long bytes, int depth) => inner.CreateReadback(bytes, depth);

    public void Clear(DeviceSpan<byte> destination) => inner.Clear(destination);

    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType) =>
        inner.Convert(source, sourceType, destination, destinationType);

    public void Increment(DeviceSpan<long> counter, long amount) => inner.Increment(counter, amount);

    public void Synchronize() => inner.Synchronize();

    public IRecording Record(Action enqueue) => inner.Record(enqueue);

    public IConv2d CreateConv2d(in Conv2dSpec spec) => inner.CreateConv2d(spec);

    public IDense CreateDense(in DenseSpec spec) => inner.CreateDense(spec);

    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => inner.CreateSigmoidL1(spec);

    public IAdam CreateAdam(in AdamSpec spec) => inner.CreateAdam(spec);

    public IAugment CreateAugment(in AugmentSpec spec) => inner.CreateAugment(spec);

    public void Dispose() => inner.Dispose();
}

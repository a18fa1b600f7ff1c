using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A backend that adds up what is allocated through it.</summary>
internal sealed class WeighingBackend(IBackend inner) : WrappedBackend(inner)
{
    private readonly List<DeviceBuffer> faces = [];
    private readonly List<(long Taps, long In, long Out, int Element)> kernels = [];

    /// <summary>Bytes allocated, faces and the operations' workspace not counted.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes allocated for weights, counted in <see cref="Bytes"/> too.</summary>
    public long WeightBytes { get; private set; }

    /// <summary>Bytes in which the operations say that they keep their kernels.</summary>
    public long KernelBytes { get; private set; }

    /// <summary>At most this would take kernels whose two counts of channels are rounded up to a multiple of this many.</summary>
    public long BlockedKernelBytes(int multiple) => kernels.Sum(k => k.Taps * RoundUp(k.In, multiple) * RoundUp(k.Out, multiple) * k.Element);

    /// <summary>Bytes of the operations' workspace.</summary>
    public long WorkspaceBytes { get; private set; }

    public DeviceSpan<byte> Faces(long bytes)
    {
        faces.Add(base.Allocate(bytes, "faces"));
        return faces[^1].Span<byte>();
    }

    public void Release() => faces.ForEach(f => f.Dispose());

    public override DeviceBuffer Allocate(long bytes, string label)
    {
        if (label == "the operations' workspace")
            WorkspaceBytes += bytes;
        else
            Bytes += bytes;
        if (label == "the network's weights")
            WeightBytes += bytes;
        return base.Allocate(bytes, label);
    }

    public override IConv2d CreateConv2d(in Conv2dSpec spec) =>
        Weigh(base.CreateConv2d(spec), (spec.Kernel * spec.Kernel, spec.InChannels, spec.OutChannels, spec.Precision.ActivationType().Bytes()));

    public override IDense CreateDense(in DenseSpec spec) => Weigh(base.CreateDense(spec), (1, spec.Inputs, spec.Outputs, spec.Precision.ActivationType().Bytes()));

    private static long RoundUp(long count, int multiple) => (count + multiple - 1) / multiple * multiple;

    private T Weigh<T>(T operation, (long, long, long, int) kernel) where T : IParameterOperation
    {
        KernelBytes += operation.KernelStorage * sizeof(float);
        kernels.Add(kernel);
        return operation;
    }
}

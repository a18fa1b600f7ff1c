using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A backend that adds up what is allocated through it.</summary>
internal sealed class WeighingBackend(IBackend inner) : WrappedBackend(inner)
{
    private readonly List<DeviceBuffer> faces = [];

    /// <summary>Bytes allocated, faces and the operations' workspace not counted.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes allocated for weights, counted in <see cref="Bytes"/> too.</summary>
    public long WeightBytes { get; private set; }

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
}

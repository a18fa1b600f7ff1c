using FaceSwap.Compute;

namespace FaceSwap.Pipeline.Convert;

/// <summary>The network of one direction of a swap: runs batches of face crops.</summary>
internal interface IFaceNetwork : IDisposable
{
    /// <summary>Side s of the crops.</summary>
    int Size { get; }

    /// <summary>Faces a batch.</summary>
    int BatchSize { get; }

    /// <summary>Input and output are (n, s, s, 3), 1 ≤ n ≤ BatchSize, BGR in 0..1.</summary>
    void Run(ReadOnlySpan<float> input, Span<float> output);
}

/// <summary>A network whose input and output can be filled and taken on the device.</summary>
internal interface IDeviceNetwork : IFaceNetwork
{
    /// <summary>(BatchSize, s, s, 3), of <see cref="InputType"/>.</summary>
    DeviceSpan<byte> Input { get; }

    /// <summary>Element type of the input.</summary>
    ElementType InputType { get; }

    /// <summary>(BatchSize, s, s, 3), fp32.</summary>
    DeviceSpan<float> Output { get; }

    /// <summary>Records what <paramref name="before"/> enqueues, the network, and what <paramref name="after"/> enqueues.</summary>
    IRecording Record(Action before, Action after);
}

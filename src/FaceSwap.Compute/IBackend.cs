using FaceSwap.Core;

namespace FaceSwap.Compute;

/// <summary>What a backend is and runs on.</summary>
/// <param name="Name"><c>reference</c>, <c>cpu</c>, <c>onednn</c> or <c>cuda</c>.</param>
/// <param name="Device">The processor or GPU, as its vendor names it.</param>
/// <param name="Threads">Threads that compute; 1 for a GPU.</param>
public sealed record BackendInfo(string Name, string Device, int Threads);

/// <summary>A device's memory.</summary>
/// <param name="Free">Bytes that can be taken now: device memory on a GPU; on the processor what can be had without swapping.</param>
/// <param name="Total">Bytes there are.</param>
public readonly record struct DeviceMemory(long Free, long Total);

/// <summary>
/// The seam between the networks and the hardware: memory, one ordered queue of work, and a closed set of operations with their backward
/// passes. It is shaped for a GPU: every operation is created once for fixed shapes (all choice of algorithm, autotuning and allocation
/// happens then) and afterwards only enqueued; enqueueing allocates nothing and need not have finished when the call returns. Work runs
/// in the order enqueued. Values that change from step to step (the step counter, draws of augmentation) live in device memory, so
/// that a whole step can be recorded once and replayed (<see cref="Record"/>).
///
/// Layout is NHWC throughout. Activations are <see cref="ElementType"/> by precision and pass as byte spans; parameters, gradients
/// and moments are fp32. A backend may keep a layer's parameters in an order of its own in the slab, and for inference in the products' precision
/// (<see cref="IParameterOperation"/>); what is saved is always in Keras order.
///
/// An instance is used from one thread at a time.
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>Name and device.</summary>
    BackendInfo Info { get; }

    /// <summary>Whether this device computes in a precision natively.</summary>
    bool Supports(Precision precision);

    /// <summary>The precision that <c>auto</c> means here. It may take a measurement of some milliseconds the first time on a machine.</summary>
    /// <param name="training">Whether weights are to be trained.</param>
    PrecisionChoice ChoosePrecision(bool training) => new(Precision.Fp32, null);

    /// <summary>Whether the same work on the same data gives the same bits every time. A GPU gives this up for speed unless it is asked not to.</summary>
    bool RepeatsToTheBit => true;

    /// <summary>What the device has free and in all, now.</summary>
    DeviceMemory Memory { get; }

    /// <summary>Memory, zeroed, 64-byte aligned at least.</summary>
    /// <exception cref="NotEnoughMemoryException">Says what was needed, what was free, and which option to change.</exception>
    DeviceBuffer Allocate(long bytes, string label);

    /// <summary>Copies from the host, in order with enqueued work; the source may be reused when the call returns.</summary>
    void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged;

    /// <summary>Copies to the host after all enqueued work has finished.</summary>
    void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged;

    /// <summary>Creates a ring of host copies that come back without holding up the queue.</summary>
    /// <param name="bytes">Bytes of each copy.</param>
    /// <param name="depth">Copies that can be under way or waiting to be taken.</param>
    IReadback CreateReadback(long bytes, int depth);

    /// <summary>Enqueues filling with zero bytes.</summary>
    void Clear(DeviceSpan<byte> destination);

    /// <summary>Enqueues a conversion between fp32 and an activation's element type (or a copy, when they are the same).</summary>
    void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType);

    /// <summary>Enqueues adding <paramref name="amount"/> to a counter in device memory (the shared step counter).</summary>
    void Increment(DeviceSpan<long> counter, long amount);

    /// <summary>Waits for all enqueued work.</summary>
    void Synchronize();

    /// <summary>Prepares a sequence of enqueueing calls to be run again and again: a CUDA graph on a GPU; elsewhere
    /// the delegate itself. Nothing in it may allocate, upload, download or synchronise. Recording does not run it.</summary>
    IRecording Record(Action enqueue);

    /// <summary>Creates a convolution for fixed shapes.</summary>
    IConv2d CreateConv2d(in Conv2dSpec spec);

    /// <summary>Creates a dense layer for fixed shapes.</summary>
    IDense CreateDense(in DenseSpec spec);

    /// <summary>Creates the sigmoid that ends a decoder, with the mean absolute error and its gradient.</summary>
    ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec);

    /// <summary>Creates an Adam update.</summary>
    IAdam CreateAdam(in AdamSpec spec);

    /// <summary>Creates the augmentation gather that makes training samples.</summary>
    IAugment CreateAugment(in AugmentSpec spec);

    /// <summary>Creates a pooling. Null where a backend has none, the default: networks that need it run on the processor.</summary>
    IPool2d? CreatePool2d(in Pool2dSpec spec) => null;

    /// <summary>Creates the end of a residual block. Null where a backend has none, the default.</summary>
    IAddRelu? CreateAddRelu(in AddReluSpec spec) => null;

    /// <summary>Creates the conversion of faces in frames that lie in the backend's memory. Null where that is better left to the processor's own
    /// code (FaceSwap.Vision): the default.</summary>
    /// <exception cref="UserErrorException">Not enough memory, or an option is out of range.</exception>
    IFaceCompositor? CreateCompositor(in CompositorSpec spec) => null;

    /// <summary>Prepares for frames in the backend's memory. Null where that is the host's: the default.</summary>
    IDeviceFrames? CreateFrames(DeviceFramesOptions options) => null;

    /// <summary>Allocates host memory for copies that run beside the caller.</summary>
    /// <exception cref="UserErrorException">Not enough memory.</exception>
    StagingBuffer CreateStaging(long bytes, string label) => new HostStaging(bytes, label);
}

/// <summary>
/// A ring of copies from the device to the host, taken in the order enqueued. A copy holds what the source held after all work enqueued before
/// it; work enqueued later does not change it. Not part of a recording.
/// </summary>
public interface IReadback : IDisposable
{
    /// <summary>Bytes of each copy.</summary>
    long Bytes { get; }

    /// <summary>Copies that the ring has room for.</summary>
    int Depth { get; }

    /// <summary>Copies enqueued and not taken yet.</summary>
    int Count { get; }

    /// <summary>Enqueues a copy and returns at once. Allocates nothing.</summary>
    /// <param name="source">Exactly <see cref="Bytes"/>.</param>
    /// <exception cref="InvalidOperationException">The ring is full: take one first.</exception>
    void Enqueue(DeviceSpan<byte> source);

    /// <summary>Takes the oldest copy if it has arrived. Never waits, allocates nothing.</summary>
    /// <param name="destination">Exactly <see cref="Bytes"/>; overwritten only when true is returned.</param>
    bool TryTake(Span<byte> destination);

    /// <summary>Takes the oldest copy, waiting for it. Allocates nothing.</summary>
    /// <param name="destination">Exactly <see cref="Bytes"/>; overwritten.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    void Take(Span<byte> destination);
}

/// <summary>A recorded sequence of work.</summary>
public interface IRecording : IDisposable
{
    /// <summary>Enqueues the sequence once more.</summary>
    void Run();
}

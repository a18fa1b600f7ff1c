using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// An NVIDIA GPU through the CUDA driver: cuDNN's and cuBLASLt's products, kernels of our own for the rest, all on one stream. Enqueueing calls
/// return at once. A recorded step is a CUDA graph; nothing in it may allocate, copy to or from the host, or wait, and trying to is
/// an <see cref="InvalidOperationException"/>.
/// </summary>
public sealed unsafe class CudaBackend : IBackend
{
    // The first architecture with tensor cores for tf32 and bf16.
    private const int TensorCoreCapability = 80;

    private readonly CudaStaging staging;

    /// <summary>Opens the device.</summary>
    /// <exception cref="UserErrorException">There is no such device, or it or a library it needs cannot be used.</exception>
    public CudaBackend(CudaOptions options)
    {
        Options = options;
        Device = new CudaDevice(options.Ordinal);
        NarrowSlabs = new CudaNarrowSlabs(this);
        try
        {
            staging = new CudaStaging(Device);
            Math = new CudaMath(Device, options);
            CudaElementwise.Prepare(Device);
        }
        catch
        {
            Math?.Dispose();
            staging?.Dispose();
            Device.Dispose();
            throw;
        }
        Info = new BackendInfo("cuda", Device.Name, 1);
    }

    /// <inheritdoc/>
    public BackendInfo Info { get; }

    internal CudaDevice Device { get; }

    internal CudaOptions Options { get; }

    internal CudaMath Math { get; }

    internal CudaNarrowSlabs NarrowSlabs { get; }

    /// <summary>fp32 everywhere, tf32 and bf16 from compute capability 8.0.</summary>
    public bool Supports(Precision precision) => precision == Precision.Fp32 || Device.ComputeCapability >= TensorCoreCapability;

    /// <summary>What the device's tensor cores take: tf32 for training, since it keeps fp32's range and storage and learns as well, otherwise bf16. It hangs on the device
    /// alone, so it is the same every time.</summary>
    public PrecisionChoice ChoosePrecision(bool training) =>
        new((training ? Precision.Tf32 : Precision.Bf16) is var fast && Supports(fast) ? fast : Precision.Fp32, null);

    /// <summary>Where the options ask for it; otherwise a library's fastest algorithm may add in any order.</summary>
    public bool RepeatsToTheBit => Options.Deterministic;

    /// <inheritdoc/>
    public DeviceMemory Memory
    {
        get
        {
            (long free, long total) = Device.Memory();
            return new DeviceMemory(free, total);
        }
    }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes, string label)
    {
        Device.RefuseWhileRecording("allocate");
        SafeCudaDeviceMemoryHandle memory = TryAllocate(bytes)
            ?? throw new NotEnoughMemoryException(label, bytes, Device.Memory().Free, $"on {Device.Description}");
        var buffer = new CudaBuffer(memory, bytes, label);
        try
        {
            Clear(buffer.Span<byte>());
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged
    {
        nint pointer = CudaSpan.Pointer(destination, source.Length, nameof(destination));
        if (source.Length == 0)
            return;
        fixed (T* from = source)
            staging.Upload((byte*)from, pointer, (long)source.Length * sizeof(T));
        NarrowSlabs.Overwritten(destination.Buffer);
    }

    /// <inheritdoc/>
    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged
    {
        nint pointer = CudaSpan.Pointer(source, destination.Length, nameof(source));
        fixed (T* to = destination)
            staging.Download(pointer, (byte*)to, (long)destination.Length * sizeof(T));
    }

    /// <inheritdoc/>
    public IReadback CreateReadback(long bytes, int depth) => new CudaReadback(Device, bytes, depth);

    /// <inheritdoc/>
    public void Clear(DeviceSpan<byte> destination)
    {
        if (destination.Length == 0)
            return;
        nint pointer = CudaSpan.Pointer(destination, destination.Length, nameof(destination));
        NarrowSlabs.Overwritten(destination.Buffer);
        Device.MakeCurrent();
        // Words are filled faster than bytes.
        CudaException.ThrowIfFailed(pointer % sizeof(uint) == 0 && destination.Length % sizeof(uint) == 0
            ? CudaNative.cuMemsetD32Async(pointer, 0, (nuint)(destination.Length / sizeof(uint)), Device.Stream)
            : CudaNative.cuMemsetD8Async(pointer, 0, (nuint)destination.Length, Device.Stream), Device.Description, "clearing");
    }

    /// <inheritdoc/>
    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType)
    {
        CudaElementwise.Convert(Device, source, sourceType, destination, destinationType);
        if (destination.Length > 0)
            NarrowSlabs.Overwritten(destination.Buffer);
    }

    /// <inheritdoc/>
    public void Increment(DeviceSpan<long> counter, long amount) => CudaElementwise.Increment(Device, counter, amount);

    /// <inheritdoc/>
    public void Synchronize() => Device.Synchronize();

    /// <inheritdoc/>
    public IRecording Record(Action enqueue) => new CudaRecording(Device, enqueue);

    /// <inheritdoc/>
    public IConv2d CreateConv2d(in Conv2dSpec spec) => new CudaConv2d(this, Require(spec, spec.Precision));

    /// <inheritdoc/>
    public IDense CreateDense(in DenseSpec spec) => new CudaDense(this, Require(spec, spec.Precision));

    /// <inheritdoc/>
    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => new CudaSigmoidL1(this, Require(spec, spec.Precision));

    /// <inheritdoc/>
    public IAdam CreateAdam(in AdamSpec spec) => new CudaAdam(this, spec);

    /// <inheritdoc/>
    public IAugment CreateAugment(in AugmentSpec spec) => new CudaAugment(Device, spec);

    /// <inheritdoc/>
    public IPool2d? CreatePool2d(in Pool2dSpec spec) => new CudaPool2d(Device, spec);

    /// <inheritdoc/>
    public IAddRelu? CreateAddRelu(in AddReluSpec spec) => new CudaAddRelu(Device, spec);

    /// <inheritdoc/>
    public IFaceCompositor? CreateCompositor(in CompositorSpec spec) => new CudaCompositor(this, spec);

    /// <inheritdoc/>
    public IDeviceFrames? CreateFrames(DeviceFramesOptions options) => new CudaFrames(Device, options);

    /// <inheritdoc/>
    public StagingBuffer CreateStaging(long bytes, string label) => new CudaStagingBuffer(Device, bytes);

    /// <summary>Waits for the device and lets go of it once the operations created are disposed. Buffers are their holders'.</summary>
    public void Dispose()
    {
        staging.Dispose();
        Math.Dispose();
        Device.Dispose();
    }

    // What autotuning has given back may still be kept for the next.
    private SafeCudaDeviceMemoryHandle? TryAllocate(long bytes)
    {
        if (SafeCudaDeviceMemoryHandle.TryAllocate(Device.Context, bytes) is { } memory)
            return memory;
        Device.Trim();
        return SafeCudaDeviceMemoryHandle.TryAllocate(Device.Context, bytes);
    }

    private TSpec Require<TSpec>(TSpec spec, Precision precision) => Supports(precision)
        ? spec
        : throw new NotSupportedException($"{Device.Name} does not compute in {precision}: its compute capability is "
            + $"{Device.ComputeCapability / 10}.{Device.ComputeCapability % 10}, and 8.0 is needed");
}

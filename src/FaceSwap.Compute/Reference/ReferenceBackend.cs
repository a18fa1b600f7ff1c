using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Reference;

/// <summary>
/// The truth that every other backend is held against: plain loops in C#, a double accumulator for every sum, a fixed order of
/// reduction. Enqueued work has finished when the call returns. It computes in fp32 only and is slow; with one
/// thread it allocates nothing per call.
/// </summary>
public sealed class ReferenceBackend : IBackend
{
    private readonly int threads;

    /// <summary>Makes the backend.</summary>
    /// <param name="threads">Threads that share independent results; 0 for one per processor. Results do not depend on it.</param>
    public ReferenceBackend(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        this.threads = threads == 0 ? Environment.ProcessorCount : threads;
        Info = new BackendInfo("reference", RuntimeInformation.ProcessArchitecture.ToString(), this.threads);
    }

    /// <inheritdoc/>
    public BackendInfo Info { get; }

    /// <inheritdoc/>
    public bool Supports(Precision precision) => precision == Precision.Fp32;

    /// <inheritdoc/>
    public DeviceMemory Memory => HostMemory.Available();

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes, string label) => HostBuffer.Allocate(bytes, label);

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged =>
        source.CopyTo(HostSpan.Managed(Exactly(destination, source.Length)));

    /// <inheritdoc/>
    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged =>
        HostSpan.Managed(Exactly(source, destination.Length)).CopyTo(destination);

    /// <inheritdoc/>
    public IReadback CreateReadback(long bytes, int depth) => new HostReadback(bytes, depth);

    /// <inheritdoc/>
    public unsafe void Clear(DeviceSpan<byte> destination) => NativeMemory.Clear((void*)destination.Address, (nuint)destination.Length);

    /// <inheritdoc/>
    public unsafe void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType)
    {
        long count = source.Length / sourceType.Bytes();
        if (destination.Length != count * destinationType.Bytes())
            throw new ArgumentException($"{count} elements do not fill a destination of {destination.Length} bytes", nameof(destination));
        byte* from = (byte*)source.Address, to = (byte*)destination.Address;
        for (long i = 0; i < count; i++)
        {
            float value = sourceType == ElementType.Float32 ? ((float*)from)[i] : BFloat16Bits.ToSingle(((ushort*)from)[i]);
            if (destinationType == ElementType.Float32)
                ((float*)to)[i] = value;
            else
                ((ushort*)to)[i] = BFloat16Bits.FromSingle(value);
        }
    }

    /// <inheritdoc/>
    public unsafe void Increment(DeviceSpan<long> counter, long amount) => *HostSpan.Pointer(counter, 1, nameof(counter)) += amount;

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Every call has finished its work when it returns.
    }

    /// <inheritdoc/>
    public IRecording Record(Action enqueue) => new Recording(enqueue);

    /// <inheritdoc/>
    public IConv2d CreateConv2d(in Conv2dSpec spec) => new ReferenceConv2d(Require(spec, spec.Precision), threads);

    /// <inheritdoc/>
    public IDense CreateDense(in DenseSpec spec) => new ReferenceDense(Require(spec, spec.Precision), threads);

    /// <inheritdoc/>
    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => new ReferenceSigmoidL1(Require(spec, spec.Precision));

    /// <inheritdoc/>
    public IAdam CreateAdam(in AdamSpec spec) => new ReferenceAdam(spec, threads);

    /// <inheritdoc/>
    public IAugment CreateAugment(in AugmentSpec spec) => new ReferenceAugment(spec);

    /// <inheritdoc/>
    public IPool2d? CreatePool2d(in Pool2dSpec spec) => new ReferencePool2d(spec);

    /// <inheritdoc/>
    public IAddRelu? CreateAddRelu(in AddReluSpec spec) => new ReferenceAddRelu(spec);

    /// <inheritdoc/>
    public IFaceCompositor? CreateCompositor(in CompositorSpec spec) => new ReferenceCompositor(spec);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Its buffers are their holders'.
    }

    private TSpec Require<TSpec>(TSpec spec, Precision precision) => Supports(precision)
        ? spec
        : throw new NotSupportedException($"the reference backend does not compute in {precision}; use Fp32");

    private static DeviceSpan<T> Exactly<T>(DeviceSpan<T> span, int count) where T : unmanaged => span.Length == count
        ? span
        : throw new ArgumentException($"{count} elements cannot be copied to or from a span of {span.Length}");

    private sealed class Recording(Action work) : IRecording
    {
        public void Run() => work();

        public void Dispose()
        {
            // It owns nothing.
        }
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// The fast backend for the processor: blocked products with kernels per instruction set in the shim, SIMD C# for the rest, on one set of
/// threads. Enqueued work has finished when the call returns. The same input gives the same bits on the same processor, whatever the number of threads.
///
/// For comparison, oneDNN can take the place of the products (<see cref="CpuProducts.OneDnn"/>, named <c>onednn</c>). It runs on as many threads of its own,
/// in training keeps one or two more copies of the weights, and the same bits are certain only for the same number of threads.
/// </summary>
public sealed unsafe class CpuBackend : IBackend
{
    private readonly CpuThreads threads;
    private readonly CpuProducts products;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Threads that compute, the caller's included; 0 for one per processor.</param>
    /// <param name="products">Who computes convolutions and dense layers.</param>
    /// <exception cref="UserErrorException">The native part is missing.</exception>
    public CpuBackend(int threads = 0, CpuProducts products = CpuProducts.Own)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Availability shim = NativeLibraries.Probe(ShimNative.Library);
        if (!shim.IsAvailable)
            throw new UserErrorException(shim.Refusal ?? $"The CPU engine's native library was not found (tried {string.Join(", ", shim.Tried)}); run the build's 'setup'.");
        this.threads = new CpuThreads(threads == 0 ? Environment.ProcessorCount : threads);
        this.products = products;
        Info = new BackendInfo(products == CpuProducts.OneDnn ? "onednn" : "cpu", ProcessorIdentity.Name, this.threads.Count);
    }

    /// <inheritdoc/>
    public BackendInfo Info { get; }

    /// <summary>What the engine's kernels use: baseline, avx2, avx512 or avx512-bf16.</summary>
    public static string InstructionSet => Marshal.PtrToStringUTF8((nint)ShimNative.fs_dnn_instruction_set()) ?? "";

    internal CpuThreads Threads => threads;

    internal PrecisionMeter Meter { get; init; } = PrecisionMeter.User;

    /// <summary>fp32 everywhere, bf16 where the processor has dot products of bfloat16 pairs; tf32 is a GPU's.</summary>
    public bool Supports(Precision precision) => precision switch
    {
        Precision.Fp32 => true,
        Precision.Bf16 => (products == CpuProducts.OneDnn ? ShimNative.fs_onednn_has_bf16() : ShimNative.fs_dnn_has_bf16()) != 0,
        _ => false,
    };

    /// <summary>What was measured to be faster, where the processor has bf16: an instruction for it may be slower than fp32's.</summary>
    public PrecisionChoice ChoosePrecision(bool training) => Supports(Precision.Bf16) && MeasurePrecisions().For(training) is var rates
        ? new PrecisionChoice(rates.Best, rates)
        : new PrecisionChoice(Precision.Fp32, null);

    /// <summary>What the products reach on these threads in each precision; measured in some 40 ms where it is not known from an earlier run.</summary>
    public CpuPrecisionRates MeasurePrecisions() => Meter.Rates(Setting(), Supports(Precision.Bf16), () => PrecisionTrial.Run(this));

    /// <inheritdoc/>
    public DeviceMemory Memory => HostMemory.Available();

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes, string label) => CpuBuffer.Allocate(threads, bytes, label);

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, DeviceSpan<T> destination) where T : unmanaged =>
        source.CopyTo(new Span<T>(HostSpan.Pointer(destination, source.Length, nameof(destination)), source.Length));

    /// <inheritdoc/>
    public void Download<T>(DeviceSpan<T> source, Span<T> destination) where T : unmanaged =>
        new ReadOnlySpan<T>(HostSpan.Pointer(source, destination.Length, nameof(source)), destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public IReadback CreateReadback(long bytes, int depth) => new HostReadback(bytes, depth);

    /// <inheritdoc/>
    public void Clear(DeviceSpan<byte> destination)
    {
        if (destination.Length > 0)
            CpuConvert.Clear(threads, (byte*)destination.Address, destination.Length);
    }

    /// <inheritdoc/>
    public void Convert(DeviceSpan<byte> source, ElementType sourceType, DeviceSpan<byte> destination, ElementType destinationType)
    {
        long count = source.Length / sourceType.Bytes();
        byte* from = HostSpan.Pointer(source, count * sourceType.Bytes(), nameof(source));
        byte* to = HostSpan.Pointer(destination, count * destinationType.Bytes(), nameof(destination));
        CpuConvert.Run(threads, from, sourceType, to, destinationType, count);
    }

    /// <inheritdoc/>
    public void Increment(DeviceSpan<long> counter, long amount) => *HostSpan.Pointer(counter, 1, nameof(counter)) += amount;

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Every call has finished its work when it returns.
    }

    /// <inheritdoc/>
    public IRecording Record(Action enqueue) => new Recording(enqueue);

    /// <inheritdoc/>
    public IConv2d CreateConv2d(in Conv2dSpec spec)
    {
        Conv2dSpec possible = Require(spec, spec.Precision);
        return products == CpuProducts.OneDnn ? new OneDnnConv2d(threads, possible) : new CpuConv2d(threads, possible);
    }

    /// <inheritdoc/>
    public IDense CreateDense(in DenseSpec spec)
    {
        DenseSpec possible = Require(spec, spec.Precision);
        return products == CpuProducts.OneDnn ? new OneDnnDense(threads, possible) : new CpuDense(threads, possible);
    }

    /// <inheritdoc/>
    public ISigmoidL1 CreateSigmoidL1(in SigmoidL1Spec spec) => new CpuSigmoidL1(threads, Require(spec, spec.Precision));

    /// <inheritdoc/>
    public IAdam CreateAdam(in AdamSpec spec) => new CpuAdam(threads, spec);

    /// <inheritdoc/>
    public IAugment CreateAugment(in AugmentSpec spec) => new CpuAugment(threads, spec);

    /// <inheritdoc/>
    public IPool2d? CreatePool2d(in Pool2dSpec spec) => new CpuPool2d(threads, spec);

    /// <inheritdoc/>
    public IAddRelu? CreateAddRelu(in AddReluSpec spec) => new CpuAddRelu(threads, spec);

    /// <summary>Stops the threads once the operations created are disposed. Buffers are their holders'.</summary>
    public void Dispose() => threads.Dispose();

    private TSpec Require<TSpec>(TSpec spec, Precision precision) => Supports(precision)
        ? spec
        : throw new NotSupportedException($"the {Info.Name} backend does not compute in {precision} on this processor ({Info.Device})");

    // What the speed of products hangs on.
    private string Setting() => string.Create(CultureInfo.InvariantCulture, $"{Info.Device}, {ProcessorIdentity.Signature}; products of {Info.Name} ({InstructionSet}) on "
        + $"{Info.Threads} threads; engine {typeof(CpuBackend).Module.ModuleVersionId:N}, shim {ShimLibraries.ExpectedAbi}");

    private sealed class Recording(Action work) : IRecording
    {
        public void Run() => work();

        public void Dispose()
        {
            // It owns nothing.
        }
    }
}

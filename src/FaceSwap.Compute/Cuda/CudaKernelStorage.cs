using System.Buffers;
using FaceSwap.Compute.Cpu;
using FaceSwap.Core;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Where an operation's kernel lies: in training fp32 in the slab, with a bf16 copy of the slab beside it where the products want one
/// (<see cref="CudaNarrowSlabs"/>); in inference in the precision of the products alone. On its way from Keras order it passes through one stretch of host
/// memory of bounded size.
/// </summary>
/// <param name="backend">The backend.</param>
/// <param name="taps">Positions of the kernel; 0 for a dense layer, which is stored in Keras order.</param>
/// <param name="inputs">Input channels.</param>
/// <param name="outputs">Output channels.</param>
/// <param name="precision">Arithmetic of the products.</param>
/// <param name="training">Whether Adam changes the kernel.</param>
internal sealed class CudaKernelStorage(CudaBackend backend, int taps, int inputs, int outputs, Precision precision, bool training) : IDisposable
{
    private const int Stretch = 1 << 20; // elements

    private readonly bool narrow = !training && precision == Precision.Bf16;
    private readonly long count = (long)Math.Max(1, taps) * inputs * outputs;
    private readonly CudaNarrowKernel? copy = training && precision == Precision.Bf16 ? new CudaNarrowKernel(backend, (long)Math.Max(1, taps) * inputs * outputs) : null;

    /// <summary>Units of 4 bytes in the slab.</summary>
    public long Units => narrow ? (count + 1) / 2 : count;

    /// <summary>Brings a kernel into the slab.</summary>
    public void Import(ReadOnlySpan<float> keras, DeviceSpan<float> storage)
    {
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was given {keras.Length}", nameof(keras));
        CudaSpan.Pointer(storage, Units, nameof(storage));
        if (taps == 0)
        {
            for (int first = 0; first < keras.Length; first += Stretch)
                Upload(keras.Slice(first, Math.Min(Stretch, keras.Length - first)), first, storage);
            return;
        }
        int each = taps * inputs, atOnce = Math.Max(1, Stretch / each);
        float[] ordered = ArrayPool<float>.Shared.Rent(Math.Min(atOnce, outputs) * each);
        for (int first = 0; first < outputs; first += atOnce)
        {
            int some = Math.Min(atOnce, outputs - first);
            KernelOrder.FromKeras(keras, ordered, taps, inputs, outputs, first, some);
            Upload(ordered.AsSpan(0, some * each), (long)first * each, storage);
        }
        ArrayPool<float>.Shared.Return(ordered);
    }

    /// <summary>Brings an fp32 kernel, gradient or moment out of a slab.</summary>
    /// <exception cref="InvalidOperationException">The operation was created for inference.</exception>
    public void Export(DeviceSpan<float> storage, Span<float> keras)
    {
        KernelExport.Require(training);
        if (keras.Length != count)
            throw new ArgumentException($"a kernel of {count} elements was asked for as {keras.Length}", nameof(keras));
        if (taps == 0)
        {
            backend.Download(storage, keras);
            return;
        }
        var ordered = new float[keras.Length];
        backend.Download(storage, ordered);
        KernelOrder.ToKeras(ordered, keras, taps, inputs, outputs);
    }

    /// <summary>Enqueues what follows from a change of the kernel.</summary>
    public void Changed(DeviceSpan<float> kernel)
    {
        CudaSpan.Pointer(kernel, Units, nameof(kernel));
        copy?.Changed(kernel);
    }

    /// <summary>The kernel as the products read it, a device pointer.</summary>
    public nint Pointer(DeviceSpan<float> kernel) => copy?.Pointer(kernel) ?? CudaSpan.Pointer(kernel, Units, nameof(kernel));

    public void Dispose() => copy?.Dispose();

    private unsafe void Upload(ReadOnlySpan<float> ordered, long first, DeviceSpan<float> storage)
    {
        if (!narrow)
        {
            backend.Upload(ordered, storage.Slice(first, ordered.Length));
            return;
        }
        ushort[] rounded = ArrayPool<ushort>.Shared.Rent(ordered.Length);
        fixed (float* from = ordered)
        fixed (ushort* to = rounded)
            CpuConvert.Narrow(from, to, ordered.Length);
        backend.Upload<ushort>(rounded.AsSpan(0, ordered.Length), storage.As<ushort>().Slice(first, ordered.Length));
        ArrayPool<ushort>.Shared.Return(rounded);
    }
}

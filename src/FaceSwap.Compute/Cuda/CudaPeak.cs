using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// What the device could do at best, measured: the whole that a peak fraction is part of. Measure in the same run as the work compared, since clocks,
/// temperature and neighbours change.
/// </summary>
public static unsafe class CudaPeak
{
    // 8192³: a hundred waves of tiles on the largest devices, so that neither the first nor the last counts; the fewest runs that give a median.
    private const int LargestSide = 8192, SmallestSide = 256, Runs = 7;
    private const double LongestRun = 0.25; // seconds of one product: what takes longer is measured on a smaller one
    private const long LargestCopy = 1L << 30, SmallestCopy = 1L << 20;
    private const int MemoryPart = 8; // of the free memory at most
    private const uint Content = 0x3DCD3DCD; // 0.1 in both types: zeros would cost less power and let the clock rise

    /// <summary>Multiplications and additions a second of a square product by cuBLASLt, its fastest algorithm, in a precision.</summary>
    /// <exception cref="UserErrorException">cuBLASLt is missing, or there is not enough memory for the smallest product.</exception>
    public static double MatrixFlopsPerSecond(CudaBackend backend, Precision precision)
    {
        CudaDevice device = backend.Device;
        int element = precision.ActivationType().Bytes();
        double best = 0;
        for (int side = SmallestSide; side <= LargestSide; side *= 2)
        {
            if (3L * side * side * element > device.Memory().Free / MemoryPart)
                break;
            double seconds = Seconds(backend, precision, side);
            best = Math.Max(best, 2.0 * side * side * side / seconds);
            // The next has eight times the work.
            if (8 * seconds > LongestRun)
                break;
        }
        return best > 0 ? best : throw NotEnough(device, "measuring the matrix rate", 3L * SmallestSide * SmallestSide * element);
    }

    /// <summary>Bytes read plus bytes written a second while copying device memory, in blocks far larger than the cache.</summary>
    /// <exception cref="UserErrorException">There is not enough memory.</exception>
    public static double CopyBytesPerSecond(CudaBackend backend)
    {
        CudaDevice device = backend.Device;
        long bytes = Math.Clamp(device.Memory().Free / MemoryPart, SmallestCopy, LargestCopy) / 2;
        using CudaScratch memory = CudaScratch.TryAllocate(device, 2 * bytes) ?? throw NotEnough(device, "measuring the copy bandwidth", 2 * bytes);
        Fill(device, memory);
        double seconds = Median(device, () => CudaException.ThrowIfFailed(
            CudaNative.cuMemcpyDtoDAsync_v2(memory.Pointer + (nint)bytes, memory.Pointer, (nuint)bytes, device.Stream), device.Description));
        return 2 * bytes / seconds;
    }

    private static double Seconds(CudaBackend backend, Precision precision, int side)
    {
        CudaDevice device = backend.Device;
        // No bias: with one, part of the time would go into it.
        DenseWork work = DenseWork.Data(new DenseSpec(side, side, side, precision, Training: false, InputGradient: false));
        long matrix = CudaWorkspace.Align(DenseWork.Bytes(work.A, work.Factors));
        using DenseProduct product = new DenseSearch(backend.Math, work).Choose(addBias: null);
        using CudaScratch memory = CudaScratch.TryAllocate(device, (3 * matrix) + product.ScratchBytes)
            ?? throw NotEnough(device, "measuring the matrix rate", 3 * matrix);
        Fill(device, memory);
        nint a = memory.Pointer, b = a + (nint)matrix, d = b + (nint)matrix;
        return Median(device, () => product.Run(a, b, 0, d, d + (nint)matrix));
    }

    private static double Median(CudaDevice device, Action enqueue)
    {
        using var timer = new CudaTimer(device);
        enqueue();
        var times = new double[Runs];
        for (int i = 0; i < Runs; i++)
        {
            timer.Start();
            enqueue();
            timer.Stop();
            times[i] = timer.Milliseconds() / 1000;
        }
        Array.Sort(times);
        // A clock of half a microsecond cannot tell nothing.
        return Math.Max(times[Runs / 2], 1e-9);
    }

    private static void Fill(CudaDevice device, CudaScratch memory) => CudaException.ThrowIfFailed(
        CudaNative.cuMemsetD32Async(memory.Pointer, Content, (nuint)(memory.Bytes / sizeof(uint)), device.Stream), device.Description);

    private static NotEnoughMemoryException NotEnough(CudaDevice device, string what, long bytes) =>
        new(what, bytes, device.Memory().Free, $"on {device.Description}");
}

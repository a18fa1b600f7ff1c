using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>What the processor could do at best, measured with the engine's own threads: the whole that a peak fraction is part of.</summary>
/// <param name="Fp32FlopsPerSecond">Multiplications and additions in registers, single precision, all threads.</param>
/// <param name="Bf16FlopsPerSecond">The same with dot products of bfloat16 pairs; 0 where the processor has none.</param>
/// <param name="MemoryBytesPerSecond">Bytes read plus bytes written while scaling 256 MiB in place.</param>
/// <param name="InstructionSet">What the engine's kernels use: baseline, avx2, avx512 or avx512-bf16.</param>
/// <param name="Threads">Threads that computed.</param>
public sealed record CpuPeak(double Fp32FlopsPerSecond, double Bf16FlopsPerSecond, double MemoryBytesPerSecond, string InstructionSet, int Threads)
{
    /// <summary>Measures for about a second. Measure in the same run as the work compared, since a clock or a neighbour changes.</summary>
    public static unsafe CpuPeak Measure(CpuBackend backend)
    {
        CpuThreads threads = backend.Threads;
        ShimException.ThrowIfFailed(ShimNative.fs_dnn_measure(threads.Pool, out double fp32, out double bf16, out double memory));
        return new CpuPeak(fp32, bf16, memory, CpuBackend.InstructionSet, threads.Count);
    }

    /// <summary>The ceiling of a precision, operations per second.</summary>
    public double FlopsPerSecond(Precision precision) => precision == Precision.Bf16 ? Bf16FlopsPerSecond : Fp32FlopsPerSecond;
}

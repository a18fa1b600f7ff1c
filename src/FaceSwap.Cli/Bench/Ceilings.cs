using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Cuda;

namespace FaceSwap.Cli.Bench;

/// <summary>What the processor can do at best, measured in the same run as the work that is compared with it. On a processor all peak fractions, bf16's
/// too, are parts of the fp32 peak, so that they can be compared with each other; on a GPU, whose rates lie far apart, of the matrix rate of the run's
/// own precision.</summary>
internal sealed record Ceilings(double Fp32Gflops, double Bf16Gflops, double MemoryGigabytes, string InstructionSet)
{
    /// <summary>Measures for about a second on the backend's threads.</summary>
    /// <param name="backend">Where the work runs.</param>
    /// <param name="precision">The work's arithmetic.</param>
    public static Ceilings Measure(IBackend backend, Precision precision)
    {
        if (backend is CudaBackend cuda)
            return new Ceilings(CudaPeak.MatrixFlopsPerSecond(cuda, precision) / 1e9, 0, CudaPeak.CopyBytesPerSecond(cuda) / 1e9, "");
        if (backend is not CpuBackend cpu)
            return new Ceilings(FmaPeak.Measure(backend.Info.Threads), 0, 0, "");
        CpuPeak peak = CpuPeak.Measure(cpu);
        // Kernels of an older instruction set have a lower ceiling of their own; the processor's is what counts.
        return new Ceilings(Math.Max(peak.Fp32FlopsPerSecond / 1e9, FmaPeak.Measure(cpu.Info.Threads)), peak.Bf16FlopsPerSecond / 1e9,
            peak.MemoryBytesPerSecond / 1e9, peak.InstructionSet);
    }

    public Ceilings Max(Ceilings other) => new(Math.Max(Fp32Gflops, other.Fp32Gflops), Math.Max(Bf16Gflops, other.Bf16Gflops),
        Math.Max(MemoryGigabytes, other.MemoryGigabytes), InstructionSet);

    public void AddTo(BenchResult result)
    {
        result.Add("peak_gflops", Fp32Gflops);
        if (Bf16Gflops > 0)
            result.Add("peak_bf16_gflops", Bf16Gflops);
        if (MemoryGigabytes > 0)
            result.Add("memory_gb_per_s", MemoryGigabytes);
        if (InstructionSet.Length > 0)
            result.Add("instruction_set", InstructionSet);
    }
}

using System.Diagnostics;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// Measures what a backend's own products reach in each precision that it has, with a convolution as the networks have them, small enough for the second-level
/// cache: 3×3, 64 to 128 channels on 8×8 pixels. The batch grows with the threads, so that each has the same to do on any machine: about a millisecond, so that
/// some turns get through undisturbed where other work takes its slices of the processors. The precisions take turns, and the best of several turns counts.
/// Some 40 ms in all on a quiet machine.
/// </summary>
internal static class PrecisionTrial
{
    private const int Side = 8, Inputs = 64, Outputs = 128, Kernel = 3;
    private const int LeastBatch = 4, MostBatch = 128, SamplesOfThread = 2;
    private const int LeastTurns = 8, MostTurns = 40;
    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(30);

    /// <summary>Measures.</summary>
    public static CpuPrecisionRates Run(CpuBackend backend)
    {
        bool bf16 = backend.Supports(Precision.Bf16);
        using Pass inference = new(backend, Precision.Fp32, training: false), training = new(backend, Precision.Fp32, training: true);
        using Pass? inference16 = bf16 ? new(backend, Precision.Bf16, training: false) : null, training16 = bf16 ? new(backend, Precision.Bf16, training: true) : null;
        Pass[] passes = [.. new[] { inference, inference16, training, training16 }.OfType<Pass>()];
        // The first turn touches the memory, wakes the threads and raises the clock.
        foreach (Pass pass in passes)
            pass.Run();
        long begin = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < LeastTurns || (turn < MostTurns && Stopwatch.GetElapsedTime(begin) < Enough); turn++)
        {
            foreach (Pass pass in passes)
                pass.Time();
        }
        return new CpuPrecisionRates(new PrecisionRates(inference.Rate, inference16?.Rate ?? 0), new PrecisionRates(training.Rate, training16?.Rate ?? 0));
    }

    /// <summary>The convolution in one precision, with the memory that it needs.</summary>
    private sealed class Pass : IDisposable
    {
        private readonly List<DeviceBuffer> buffers = [];
        private readonly CpuBackend backend;
        private readonly Conv2dSpec spec;
        private readonly IConv2d convolution;
        private readonly DeviceSpan<byte> x, y, dx, workspace;
        private readonly DeviceSpan<float> kernel, bias, dKernel, dBias;
        private long best = long.MaxValue;

        public Pass(CpuBackend backend, Precision precision, bool training)
        {
            this.backend = backend;
            int batch = Math.Clamp(SamplesOfThread * backend.Info.Threads, LeastBatch, MostBatch);
            spec = new Conv2dSpec(batch, Side, Side, Inputs, Outputs, Kernel, Stride: 1, Activation.LeakyRelu, 0.1f, PixelShuffle: false, precision, training,
                InputGradient: training);
            convolution = backend.CreateConv2d(spec);
            try
            {
                int element = precision.ActivationType().Bytes();
                x = Bytes(spec.InputCount * element);
                y = Bytes(spec.OutputCount * element);
                dx = Bytes(training ? spec.InputCount * element : 0);
                kernel = Floats(convolution.KernelStorage);
                dKernel = Floats(training ? convolution.KernelStorage : 0);
                bias = Floats(Outputs);
                dBias = Floats(Outputs);
                workspace = Bytes(convolution.WorkspaceBytes);
                Fill();
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>Operations in a second, of the best turn.</summary>
        public double Rate => (spec.Training ? 3.0 : 1.0) * spec.FlopsPerPass * Stopwatch.Frequency / best;

        public void Run()
        {
            convolution.Forward(x, kernel, bias, y, workspace);
            // The result serves as its own gradient: any values do.
            if (spec.Training)
                convolution.Backward(x, y, y, kernel, dx, dKernel, dBias, workspace);
        }

        public void Time()
        {
            long begin = Stopwatch.GetTimestamp();
            Run();
            best = Math.Min(best, Math.Max(1, Stopwatch.GetTimestamp() - begin));
        }

        public void Dispose()
        {
            convolution.Dispose();
            buffers.ForEach(b => b.Dispose());
        }

        // Values of a network's size; zeros, or sums that overflow, might take another time.
        private void Fill()
        {
            Random random = new(1);
            float[] values = new float[Math.Max(spec.InputCount, spec.KernelCount)];
            foreach (ref float value in values.AsSpan())
                value = random.NextSingle() - 0.5f;
            ReadOnlySpan<float> image = values.AsSpan(0, (int)spec.InputCount);
            using DeviceBuffer wide = backend.Allocate(spec.InputCount * sizeof(float), "measured convolution");
            backend.Upload(image, wide.Span<float>());
            backend.Convert(wide.Span<byte>(), ElementType.Float32, x, spec.Precision.ActivationType());
            foreach (ref float value in values.AsSpan())
                value *= 0.1f;
            convolution.ImportKernel(values.AsSpan(0, (int)spec.KernelCount), kernel);
            convolution.KernelChanged(kernel);
        }

        private DeviceSpan<byte> Bytes(long count)
        {
            DeviceBuffer buffer = backend.Allocate(count, "measured convolution");
            buffers.Add(buffer);
            return buffer.Span<byte>();
        }

        private DeviceSpan<float> Floats(long count) => Bytes(count * sizeof(float)).As<float>();
    }
}

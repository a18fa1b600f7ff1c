using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// p = 1/(1 + e^−z); loss = Σ|p − t|/count; dz = sign(p − t)·p·(1 − p)/count, sign(0) = 0, NaN stays NaN. All overwritten (=).
/// The loss is summed in double: within a stretch of 16,384 elements in order, then over the stretches in order.
/// </summary>
internal sealed unsafe class CpuSigmoidL1 : ISigmoidL1
{
    private const int Chunk = 1 << 14;

    private readonly CpuThreads threads;
    private readonly SigmoidL1Spec spec;
    private readonly bool bf16;
    private readonly SafeHostMemoryHandle partial; // (chunks) double

    public CpuSigmoidL1(CpuThreads threads, in SigmoidL1Spec spec)
    {
        this.threads = threads;
        this.spec = spec;
        bf16 = spec.Precision.ActivationType() == ElementType.BFloat16;
        partial = SafeHostMemoryHandle.Allocate(Chunks * sizeof(double));
    }

    private long Chunks => (spec.Count + Chunk - 1) / Chunk;

    public void Sigmoid(DeviceSpan<byte> z, DeviceSpan<float> p)
    {
        Work work = Describe(z, p);
        threads.Run(&Task, &work, Chunks);
    }

    public void Forward(DeviceSpan<byte> z, DeviceSpan<float> target, DeviceSpan<float> p, DeviceSpan<float> loss, DeviceSpan<byte> dz)
    {
        Work work = Describe(z, p);
        work.Target = HostSpan.Pointer(target, spec.Count, nameof(target));
        work.Gradient = HostSpan.Pointer(dz, spec.Count * (bf16 ? 2 : 4), nameof(dz));
        work.Partial = (double*)partial.Address;
        float* result = HostSpan.Pointer(loss, 1, nameof(loss));
        threads.Run(&Task, &work, Chunks);
        double sum = 0;
        for (long i = 0; i < Chunks; i++)
            sum += work.Partial[i];
        *result = (float)(sum / spec.Count);
    }

    public void Dispose() => partial.Dispose();

    private Work Describe(DeviceSpan<byte> z, DeviceSpan<float> p) => new()
    {
        Z = HostSpan.Pointer(z, spec.Count * (bf16 ? 2 : 4), nameof(z)),
        P = HostSpan.Pointer(p, spec.Count, nameof(p)),
        Count = spec.Count,
        BFloat16 = bf16,
    };

    [UnmanagedCallersOnly]
    private static void Task(void* context, int task, int thread)
    {
        ref readonly Work work = ref *(Work*)context;
        long first = (long)task * Chunk;
        int count = (int)Math.Min(Chunk, work.Count - first);
        float* z = (float*)work.Z + first;
        float* gradient = (float*)work.Gradient + first;
        // In bfloat16 the stretch is widened on the way in and narrowed on the way out, through the stack.
        if (!work.BFloat16)
        {
            Activate(z, work.P + first, count);
            if (work.Target != null)
                work.Partial[task] = Compare(work.P + first, work.Target + first, gradient, count, 1f / work.Count);
            return;
        }
        float* line = stackalloc float[Chunk];
        CpuConvert.Widen((ushort*)work.Z + first, line, count);
        Activate(line, work.P + first, count);
        if (work.Target == null)
            return;
        work.Partial[task] = Compare(work.P + first, work.Target + first, line, count, 1f / work.Count);
        CpuConvert.Narrow(line, (ushort*)work.Gradient + first, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate(float* z, float* p, int count)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Store(Vector<float>.One / (Vector<float>.One + Vector.Exp(-Vector.Load(z + i))), p + i);
        for (; i < count; i++)
            p[i] = 1 / (1 + MathF.Exp(-z[i]));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Compare(float* p, float* target, float* gradient, int count, float scale)
    {
        Vector<double> low = Vector<double>.Zero, high = Vector<double>.Zero;
        var scales = new Vector<float>(scale);
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> value = Vector.Load(p + i), difference = value - Vector.Load(target + i);
            Vector.Widen(Vector.Abs(difference), out Vector<double> first, out Vector<double> second);
            low += first;
            high += second;
            // 0 and NaN stay what they are.
            Vector<float> sign = Vector.ConditionalSelect(Vector.GreaterThan(difference, Vector<float>.Zero), Vector<float>.One, difference);
            sign = Vector.ConditionalSelect(Vector.LessThan(difference, Vector<float>.Zero), -Vector<float>.One, sign);
            Vector.Store(sign * value * (Vector<float>.One - value) * scales, gradient + i);
        }
        double sum = Vector.Sum(low + high);
        for (; i < count; i++)
        {
            float difference = p[i] - target[i];
            sum += Math.Abs((double)difference);
            float sign = difference > 0 ? 1 : difference < 0 ? -1 : difference;
            gradient[i] = sign * p[i] * (1 - p[i]) * scale;
        }
        return sum;
    }

    private struct Work
    {
        public byte* Z, Gradient; // (Count), activation type
        public float* P, Target;  // (Count)
        public double* Partial;   // (chunks)
        public long Count;
        public bool BFloat16;
    }
}

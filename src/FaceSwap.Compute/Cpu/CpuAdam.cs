using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cpu;

/// <summary>
/// Adam in Keras' form: m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; p −= lr_t·m/(√v + ε), lr_t = lr·√(1 − β2^t)/(1 − β1^t).
/// 28 bytes move for each parameter, so memory sets the pace: one pass, all streams in step, arithmetic in single precision.
/// </summary>
internal sealed unsafe class CpuAdam(CpuThreads threads, AdamSpec spec) : IAdam
{
    private const int Chunk = 1 << 16;

    public void Update(DeviceSpan<float> parameters, DeviceSpan<float> gradients, DeviceSpan<float> m, DeviceSpan<float> v, DeviceSpan<long> step)
    {
        long t = *HostSpan.Pointer(step, 1, nameof(step));
        var work = new Work
        {
            P = HostSpan.Pointer(parameters, spec.Count, nameof(parameters)),
            G = HostSpan.Pointer(gradients, spec.Count, nameof(gradients)),
            M = HostSpan.Pointer(m, spec.Count, nameof(m)),
            V = HostSpan.Pointer(v, spec.Count, nameof(v)),
            Count = spec.Count,
            Beta1 = spec.Beta1,
            Beta2 = spec.Beta2,
            Rest1 = (float)(1.0 - spec.Beta1),
            Rest2 = (float)(1.0 - spec.Beta2),
            Rate = (float)(spec.LearningRate * Math.Sqrt(1 - Math.Pow(spec.Beta2, t)) / (1 - Math.Pow(spec.Beta1, t))),
            Epsilon = spec.Epsilon,
        };
        threads.Run(&Task, &work, (spec.Count + Chunk - 1) / Chunk);
    }

    public void Dispose()
    {
        // It owns nothing.
    }

    [UnmanagedCallersOnly]
    private static void Task(void* context, int task, int thread)
    {
        ref readonly Work work = ref *(Work*)context;
        long first = (long)task * Chunk;
        Run(work, first, Math.Min(work.Count, first + Chunk));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(in Work work, long first, long end)
    {
        float* parameters = work.P, gradients = work.G, moments = work.M, squares = work.V;
        var beta1 = new Vector<float>(work.Beta1);
        var beta2 = new Vector<float>(work.Beta2);
        var rest1 = new Vector<float>(work.Rest1);
        var rest2 = new Vector<float>(work.Rest2);
        var rate = new Vector<float>(work.Rate);
        var epsilon = new Vector<float>(work.Epsilon);
        long i = first;
        for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> g = Vector.Load(gradients + i);
            Vector<float> m = (beta1 * Vector.Load(moments + i)) + (rest1 * g);
            Vector<float> v = (beta2 * Vector.Load(squares + i)) + (rest2 * g * g);
            Vector.Store(m, moments + i);
            Vector.Store(v, squares + i);
            Vector.Store(Vector.Load(parameters + i) - (rate * m / (Vector.SquareRoot(v) + epsilon)), parameters + i);
        }
        // The same operations in the same order, so that a parameter's update does not depend on where in the slab it lies.
        for (; i < end; i++)
        {
            float g = gradients[i];
            float m = (work.Beta1 * moments[i]) + (work.Rest1 * g);
            float v = (work.Beta2 * squares[i]) + (work.Rest2 * g * g);
            moments[i] = m;
            squares[i] = v;
            parameters[i] -= work.Rate * m / (MathF.Sqrt(v) + work.Epsilon);
        }
    }

    private struct Work
    {
        public float* P, G, M, V; // (Count)
        public long Count;
        public float Beta1, Beta2, Rest1, Rest2, Rate, Epsilon;
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cpu;

/// <summary>y = max(0, a + b), each zero outside its own shape, a row of pixels a task. NaN stays NaN.</summary>
internal sealed unsafe class CpuAddRelu(CpuThreads threads, AddReluSpec spec) : IAddRelu
{
    public void Forward(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        Work work = new()
        {
            Spec = spec,
            A = HostSpan.Pointer(a, spec.Count(spec.A), nameof(a)),
            B = HostSpan.Pointer(b, spec.Count(spec.B), nameof(b)),
            Y = HostSpan.Pointer(y, spec.Count(spec.Y), nameof(y)),
        };
        threads.Run(&Task, &work, (long)spec.Batch * spec.Y.Height);
    }

    public void Dispose()
    {
        // It owns nothing.
    }

    [UnmanagedCallersOnly]
    private static void Task(void* context, int task, int thread)
    {
        ref readonly Work work = ref *(Work*)context;
        AddReluSpec s = work.Spec;
        int n = task / s.Y.Height, h = task % s.Y.Height;
        float* to = work.Y + ((long)task * s.Y.Width * s.Y.Channels);
        for (int w = 0; w < s.Y.Width; w++, to += s.Y.Channels)
        {
            float* a = Pixel(work.A, s.A, n, h, w), b = Pixel(work.B, s.B, n, h, w);
            int left = a is null ? 0 : s.A.Channels, right = b is null ? 0 : s.B.Channels, both = Math.Min(left, right), c = 0;
            for (; c <= both - Vector<float>.Count; c += Vector<float>.Count)
                Vector.Store(Vector.Max(Vector<float>.Zero, Vector.Load(a + c) + Vector.Load(b + c)), to + c);
            for (; c < both; c++)
                to[c] = MathF.Max(0, a[c] + b[c]);
            float* longer = left > right ? a : b;
            for (int end = Math.Max(left, right); c < end; c++)
                to[c] = MathF.Max(0, longer[c]);
            for (; c < s.Y.Channels; c++)
                to[c] = 0;
        }
    }

    private static float* Pixel(float* x, (int Height, int Width, int Channels) shape, int n, int h, int w) =>
        h < shape.Height && w < shape.Width ? x + ((((long)n * shape.Height + h) * shape.Width + w) * shape.Channels) : null;

    private struct Work
    {
        public AddReluSpec Spec;
        public float* A; // (N, A)
        public float* B; // (N, B)
        public float* Y; // (N, Y)
    }
}

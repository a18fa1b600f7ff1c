using System.Numerics;
using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cpu;

/// <summary>y = max or mean over windows of x, a row of results a task; a NaN in a window is its result. Sums run row by row, the same for any number of threads.</summary>
internal sealed unsafe class CpuPool2d(CpuThreads threads, Pool2dSpec spec) : IPool2d
{
    public void Forward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        Work work = new() { Spec = spec, X = HostSpan.Pointer(x, spec.InputCount, nameof(x)), Y = HostSpan.Pointer(y, spec.OutputCount, nameof(y)) };
        threads.Run(&Task, &work, (long)spec.Batch * spec.OutHeight);
    }

    public void Dispose()
    {
        // It owns nothing.
    }

    [UnmanagedCallersOnly]
    private static void Task(void* context, int task, int thread)
    {
        ref readonly Work work = ref *(Work*)context;
        Pool2dSpec s = work.Spec;
        int oy = task % s.OutHeight, n = task / s.OutHeight;
        float* to = work.Y + ((long)task * s.OutWidth * s.Channels);
        for (int ox = 0; ox < s.OutWidth; ox++, to += s.Channels)
        {
            float* first = work.X + ((((long)n * s.InHeight + (oy * s.Stride)) * s.InWidth + (ox * s.Stride)) * s.Channels);
            int c = 0;
            for (; c <= s.Channels - Vector<float>.Count; c += Vector<float>.Count)
                Vector.Store(Window(s, first + c), to + c);
            for (; c < s.Channels; c++)
                to[c] = Single(s, first + c);
        }
    }

    private static Vector<float> Window(in Pool2dSpec s, float* first)
    {
        bool max = s.Pooling == Pooling.Max;
        Vector<float> result = max ? new Vector<float>(float.NegativeInfinity) : Vector<float>.Zero;
        for (int ky = 0; ky < s.Kernel; ky++)
        {
            for (int kx = 0; kx < s.Kernel; kx++)
            {
                Vector<float> value = Vector.Load(first + ((((long)ky * s.InWidth) + kx) * s.Channels));
                result = max ? Vector.Max(result, value) : result + value;
            }
        }
        return max ? result : result / new Vector<float>(s.Kernel * s.Kernel);
    }

    private static float Single(in Pool2dSpec s, float* first)
    {
        bool max = s.Pooling == Pooling.Max;
        float result = max ? float.NegativeInfinity : 0;
        for (int ky = 0; ky < s.Kernel; ky++)
        {
            for (int kx = 0; kx < s.Kernel; kx++)
            {
                float value = first[(((long)ky * s.InWidth) + kx) * s.Channels];
                result = max ? MathF.Max(result, value) : result + value;
            }
        }
        return max ? result : result / (s.Kernel * s.Kernel);
    }

    private struct Work
    {
        public Pool2dSpec Spec;
        public float* X; // (N, H, W, C)
        public float* Y; // (N, OutHeight, OutWidth, C)
    }
}

using System.Runtime.CompilerServices;

namespace FaceSwap.Compute.Reference;

// The convolution as sums, with a double accumulator for each result:
//
//   forward   y[n, oy, ox, co]   = shuffle(act(bias[co] + Σ_ky Σ_kx Σ_ci x[n, oy·s − pt + ky, ox·s − pl + kx, ci] · k[ky, kx, ci, co]))
//   slope     dz[n, oy, ox, co]  = dy[shuffled] · (1 if y ≥ 0, else slope)                                     (double, workspace)
//   data      dx[n, iy, ix, ci]  = Σ_ky Σ_kx Σ_co dz[n, oy, ox, co] · k[ky, kx, ci, co], oy·s = iy + pt − ky, ox·s = ix + pl − kx
//   kernel    dk[ky, kx, ci, co] = Σ_n Σ_oy Σ_ox x[n, oy·s − pt + ky, ox·s − pl + kx, ci] · dz[n, oy, ox, co]
//   bias      db[co]             = Σ_n Σ_oy Σ_ox dz[n, oy, ox, co]
//
// Terms outside the input are left out (zero padding). Each sum runs in the order written, outermost first, whatever the number
// of threads. All results are overwritten (=). A dense layer is the 1×1 convolution of a 1×1 image.

/// <summary>Shapes and memory that all five loops need.</summary>
internal unsafe struct ConvolutionArguments
{
    public Conv2dSpec Spec;
    public float* X;        // (N, H, W, Cin)
    public float* Kernel;   // (K, K, Cin, Cout)
    public float* Bias;     // (Cout)
    public float* Y;        // (N, OutHeight, OutWidth, FinalChannels)
    public float* Dy;       // as Y
    public double* Dz;      // (N, ConvHeight, ConvWidth, Cout)
    public float* Dx;       // as X
    public float* DKernel;  // as Kernel
    public float* DBias;    // as Bias

    /// <summary>Results that one turn of a loop computes side by side.</summary>
    public const int Chunk = 256;

    public static int Chunks(int channels) => (channels + Chunk - 1) / Chunk;

    /// <summary>Index of a result in Y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long OutputIndex(int n, int oy, int ox, int co)
    {
        if (!Spec.PixelShuffle)
            return (((((long)n * Spec.ConvHeight) + oy) * Spec.ConvWidth + ox) * Spec.OutChannels) + co;
        int c = Spec.OutChannels / 4;
        int ry = co / (2 * c), rx = co / c % 2;
        return (((((long)n * Spec.OutHeight) + (2 * oy) + ry) * Spec.OutWidth + (2 * ox) + rx) * c) + (co % c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly double* DzAt(int n, int oy, int ox) => Dz + ((((long)n * Spec.ConvHeight + oy) * Spec.ConvWidth + ox) * Spec.OutChannels);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* XAt(int n, int iy, int ix) => X + ((((long)n * Spec.InHeight + iy) * Spec.InWidth + ix) * Spec.InChannels);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* KernelAt(int ky, int kx, int ci) => Kernel + ((((long)ky * Spec.Kernel + kx) * Spec.InChannels + ci) * Spec.OutChannels);
}

/// <summary>Forward: one turn is one image row and a chunk of output channels.</summary>
internal readonly unsafe struct ConvolutionForward(ConvolutionArguments a) : ILoopBody
{
    public static long Turns(in Conv2dSpec s) => (long)s.Batch * s.ConvHeight * ConvolutionArguments.Chunks(s.OutChannels);

    public void Run(long index)
    {
        Conv2dSpec s = a.Spec;
        int chunks = ConvolutionArguments.Chunks(s.OutChannels);
        int from = (int)(index % chunks) * ConvolutionArguments.Chunk, count = Math.Min(ConvolutionArguments.Chunk, s.OutChannels - from);
        int oy = (int)(index / chunks % s.ConvHeight), n = (int)(index / chunks / s.ConvHeight);
        double* sum = stackalloc double[ConvolutionArguments.Chunk];
        for (int ox = 0; ox < s.ConvWidth; ox++)
        {
            for (int c = 0; c < count; c++)
                sum[c] = a.Bias[from + c];
            for (int ky = 0; ky < s.Kernel; ky++)
            {
                int iy = (oy * s.Stride) - s.PadTop + ky;
                if (iy < 0 || iy >= s.InHeight)
                    continue;
                for (int kx = 0; kx < s.Kernel; kx++)
                {
                    int ix = (ox * s.Stride) - s.PadLeft + kx;
                    if (ix < 0 || ix >= s.InWidth)
                        continue;
                    float* x = a.XAt(n, iy, ix);
                    for (int ci = 0; ci < s.InChannels; ci++)
                    {
                        double value = x[ci];
                        float* k = a.KernelAt(ky, kx, ci) + from;
                        for (int c = 0; c < count; c++)
                            sum[c] += value * k[c];
                    }
                }
            }
            for (int c = 0; c < count; c++)
            {
                bool keep = s.Activation == Activation.None || sum[c] >= 0;
                a.Y[a.OutputIndex(n, oy, ox, from + c)] = (float)(keep ? sum[c] : s.LeakySlope * sum[c]);
            }
        }
    }
}

/// <summary>Slope: one turn is one image row.</summary>
internal readonly unsafe struct ConvolutionSlope(ConvolutionArguments a) : ILoopBody
{
    public static long Turns(in Conv2dSpec s) => (long)s.Batch * s.ConvHeight;

    public void Run(long index)
    {
        Conv2dSpec s = a.Spec;
        int oy = (int)(index % s.ConvHeight), n = (int)(index / s.ConvHeight);
        for (int ox = 0; ox < s.ConvWidth; ox++)
        {
            double* dz = a.DzAt(n, oy, ox);
            for (int co = 0; co < s.OutChannels; co++)
            {
                long i = a.OutputIndex(n, oy, ox, co);
                bool keep = s.Activation == Activation.None || a.Y[i] >= 0;
                dz[co] = keep ? a.Dy[i] : (double)s.LeakySlope * a.Dy[i];
            }
        }
    }
}

/// <summary>Data: one turn is one row of the input's gradient.</summary>
internal readonly unsafe struct ConvolutionData(ConvolutionArguments a) : ILoopBody
{
    public static long Turns(in Conv2dSpec s) => (long)s.Batch * s.InHeight * ConvolutionArguments.Chunks(s.InChannels);

    public void Run(long index)
    {
        Conv2dSpec s = a.Spec;
        int chunks = ConvolutionArguments.Chunks(s.InChannels);
        int from = (int)(index % chunks) * ConvolutionArguments.Chunk, count = Math.Min(ConvolutionArguments.Chunk, s.InChannels - from);
        int iy = (int)(index / chunks % s.InHeight), n = (int)(index / chunks / s.InHeight);
        double* sum = stackalloc double[ConvolutionArguments.Chunk];
        for (int ix = 0; ix < s.InWidth; ix++)
        {
            for (int c = 0; c < count; c++)
                sum[c] = 0;
            for (int ky = 0; ky < s.Kernel; ky++)
            {
                int y = iy + s.PadTop - ky;
                if (y < 0 || y % s.Stride != 0 || y / s.Stride >= s.ConvHeight)
                    continue;
                for (int kx = 0; kx < s.Kernel; kx++)
                {
                    int x = ix + s.PadLeft - kx;
                    if (x < 0 || x % s.Stride != 0 || x / s.Stride >= s.ConvWidth)
                        continue;
                    double* dz = a.DzAt(n, y / s.Stride, x / s.Stride);
                    for (int c = 0; c < count; c++)
                        sum[c] += Dot(dz, a.KernelAt(ky, kx, from + c), s.OutChannels);
                }
            }
            float* dx = a.Dx + ((((long)n * s.InHeight + iy) * s.InWidth + ix) * s.InChannels) + from;
            for (int c = 0; c < count; c++)
                dx[c] = (float)sum[c];
        }
    }

    // Four running sums: one would wait for its own addition in every turn.
    private static double Dot(double* left, float* right, int count)
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i + 4 <= count; i += 4)
        {
            s0 += left[i] * right[i];
            s1 += left[i + 1] * right[i + 1];
            s2 += left[i + 2] * right[i + 2];
            s3 += left[i + 3] * right[i + 3];
        }
        for (; i < count; i++)
            s0 += left[i] * right[i];
        return s0 + s1 + (s2 + s3);
    }
}

/// <summary>Kernel: one turn is one (ky, kx, ci) and a chunk of output channels.</summary>
internal readonly unsafe struct ConvolutionKernel(ConvolutionArguments a) : ILoopBody
{
    public static long Turns(in Conv2dSpec s) => (long)s.Kernel * s.Kernel * s.InChannels * ConvolutionArguments.Chunks(s.OutChannels);

    public void Run(long index)
    {
        Conv2dSpec s = a.Spec;
        int chunks = ConvolutionArguments.Chunks(s.OutChannels);
        int from = (int)(index % chunks) * ConvolutionArguments.Chunk, count = Math.Min(ConvolutionArguments.Chunk, s.OutChannels - from);
        long row = index / chunks;
        int ci = (int)(row % s.InChannels), kx = (int)(row / s.InChannels % s.Kernel), ky = (int)(row / s.InChannels / s.Kernel);
        double* sum = stackalloc double[ConvolutionArguments.Chunk];
        for (int c = 0; c < count; c++)
            sum[c] = 0;
        for (int n = 0; n < s.Batch; n++)
        {
            for (int oy = 0; oy < s.ConvHeight; oy++)
            {
                int iy = (oy * s.Stride) - s.PadTop + ky;
                if (iy < 0 || iy >= s.InHeight)
                    continue;
                for (int ox = 0; ox < s.ConvWidth; ox++)
                {
                    int ix = (ox * s.Stride) - s.PadLeft + kx;
                    if (ix < 0 || ix >= s.InWidth)
                        continue;
                    double value = a.XAt(n, iy, ix)[ci];
                    double* dz = a.DzAt(n, oy, ox) + from;
                    for (int c = 0; c < count; c++)
                        sum[c] += value * dz[c];
                }
            }
        }
        float* dk = a.DKernel + (row * s.OutChannels) + from;
        for (int c = 0; c < count; c++)
            dk[c] = (float)sum[c];
    }
}

/// <summary>Bias: one turn is one output channel.</summary>
internal readonly unsafe struct ConvolutionBias(ConvolutionArguments a) : ILoopBody
{
    public static long Turns(in Conv2dSpec s) => s.OutChannels;

    public void Run(long index)
    {
        Conv2dSpec s = a.Spec;
        long rows = (long)s.Batch * s.ConvHeight * s.ConvWidth;
        double sum = 0;
        for (long r = 0; r < rows; r++)
            sum += a.Dz[(r * s.OutChannels) + index];
        a.DBias[index] = (float)sum;
    }
}

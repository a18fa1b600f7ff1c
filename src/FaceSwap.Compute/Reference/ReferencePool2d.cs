namespace FaceSwap.Compute.Reference;

/// <summary>
/// y[n, oy, ox, c] = max or mean over ky, kx &lt; K of x[n, oy·s + ky, ox·s + kx, c]; the mean is summed in double. A NaN in a window is its result. All results are
/// overwritten (=).
/// </summary>
internal sealed unsafe class ReferencePool2d(Pool2dSpec spec) : IPool2d
{
    public void Forward(DeviceSpan<float> x, DeviceSpan<float> y)
    {
        float* from = HostSpan.Pointer(x, spec.InputCount, nameof(x)), to = HostSpan.Pointer(y, spec.OutputCount, nameof(y));
        for (int n = 0; n < spec.Batch; n++)
        {
            for (int oy = 0; oy < spec.OutHeight; oy++)
            {
                for (int ox = 0; ox < spec.OutWidth; ox++)
                {
                    for (int c = 0; c < spec.Channels; c++)
                        *to++ = Window(from, n, oy * spec.Stride, ox * spec.Stride, c);
                }
            }
        }
    }

    public void Dispose()
    {
        // It owns nothing.
    }

    private float Window(float* x, int n, int iy, int ix, int c)
    {
        double sum = 0;
        float largest = float.NegativeInfinity;
        for (int ky = 0; ky < spec.Kernel; ky++)
        {
            for (int kx = 0; kx < spec.Kernel; kx++)
            {
                float value = x[((((long)n * spec.InHeight + iy + ky) * spec.InWidth + ix + kx) * spec.Channels) + c];
                sum += value;
                largest = Math.Max(largest, value);
            }
        }
        return spec.Pooling == Pooling.Max ? largest : (float)(sum / (spec.Kernel * spec.Kernel));
    }
}

namespace FaceSwap.Compute.Reference;

/// <summary>y[n, h, w, c] = max(0, a[n, h, w, c] + b[n, h, w, c]), each zero outside its own shape. NaN stays NaN. All results are overwritten (=).</summary>
internal sealed unsafe class ReferenceAddRelu(AddReluSpec spec) : IAddRelu
{
    public void Forward(DeviceSpan<float> a, DeviceSpan<float> b, DeviceSpan<float> y)
    {
        float* left = HostSpan.Pointer(a, spec.Count(spec.A), nameof(a)), right = HostSpan.Pointer(b, spec.Count(spec.B), nameof(b));
        float* to = HostSpan.Pointer(y, spec.Count(spec.Y), nameof(y));
        for (int n = 0; n < spec.Batch; n++)
        {
            for (int h = 0; h < spec.Y.Height; h++)
            {
                for (int w = 0; w < spec.Y.Width; w++)
                {
                    for (int c = 0; c < spec.Y.Channels; c++)
                        *to++ = Math.Max(0f, At(left, spec.A, n, h, w, c) + At(right, spec.B, n, h, w, c));
                }
            }
        }
    }

    public void Dispose()
    {
        // It owns nothing.
    }

    private static float At(float* x, (int Height, int Width, int Channels) shape, int n, int h, int w, int c) =>
        h < shape.Height && w < shape.Width && c < shape.Channels
            ? x[((((long)n * shape.Height + h) * shape.Width + w) * shape.Channels) + c]
            : 0;
}

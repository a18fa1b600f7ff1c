namespace FaceSwap.Compute.Reference;

/// <summary>
/// Training samples in scalar double precision: the whole transformed image first, then the warp and the target from it, as the
/// specification describes them. Interpolation is exactly bilinear (OpenCV rounds positions to 1/32 of a pixel; so small a step is
/// not worth having in a gradient-based learner's data, and without it every device agrees closely).
/// </summary>
internal sealed class ReferenceAugment(AugmentSpec spec) : IAugment
{
    private readonly double[] transformed = new double[spec.FaceSize * spec.FaceSize * 3]; // (S, S, 3), 0..1

    public unsafe void Draw(DeviceSpan<long> step, DeviceSpan<AugmentDraw> draws)
    {
        long at = *HostSpan.Pointer(step, 1, nameof(step));
        AugmentDraw* output = HostSpan.Pointer(draws, spec.Batch, nameof(draws));
        for (int sample = 0; sample < spec.Batch; sample++)
            AugmentDraws.Draw(spec, at, sample, out output[sample]);
    }

    public unsafe void Gather(DeviceSpan<byte> faces, DeviceSpan<AugmentDraw> draws, DeviceSpan<byte> warped, DeviceSpan<float> target)
    {
        int side = spec.OutputSize;
        long count = (long)spec.Batch * side * side * 3, faceBytes = (long)spec.FaceSize * spec.FaceSize * 3;
        byte* facesAt = HostSpan.Pointer(faces, faceBytes * spec.FaceCount, nameof(faces));
        AugmentDraw* drawsAt = HostSpan.Pointer(draws, spec.Batch, nameof(draws));
        byte* warpedAt = HostSpan.Pointer(warped, count * spec.InputType.Bytes(), nameof(warped));
        float* targetAt = HostSpan.Pointer(target, count, nameof(target));
        for (int sample = 0; sample < spec.Batch; sample++)
        {
            ref readonly AugmentDraw draw = ref drawsAt[sample];
            AugmentMaps maps = AugmentMaps.From(spec, draw);
            Transform(facesAt + (draw.Face * faceBytes), maps);
            for (int y = 0; y < side; y++)
            {
                for (int x = 0; x < side; x++)
                {
                    long pixel = ((long)sample * side * side) + (y * side) + x;
                    (double warpX, double warpY) = WarpSource(draw, x, y);
                    var from = maps.TargetToTransformed.Apply(new(x, y));
                    for (int c = 0; c < 3; c++)
                    {
                        Store(warpedAt, (3 * pixel) + c, Sample(warpX, warpY, c));
                        targetAt[(3 * pixel) + c] = (float)Sample(from.X, from.Y, c);
                    }
                }
            }
        }
    }

    public void Dispose()
    {
    }

    // Bilinear with replicated border.
    private unsafe void Transform(byte* face, in AugmentMaps maps)
    {
        int size = spec.FaceSize;
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                var from = maps.ToFace.Apply(new(x, y));
                double clampedX = Math.Clamp(from.X, 0, size - 1), clampedY = Math.Clamp(from.Y, 0, size - 1);
                int x0 = (int)clampedX, x1 = Math.Min(x0 + 1, size - 1), y0 = (int)clampedY, y1 = Math.Min(y0 + 1, size - 1);
                double right = clampedX - x0, bottom = clampedY - y0;
                for (int c = 0; c < 3; c++)
                {
                    double upper = ((1 - right) * face[(((y0 * size) + x0) * 3) + c]) + (right * face[(((y0 * size) + x1) * 3) + c]);
                    double lower = ((1 - right) * face[(((y1 * size) + x0) * 3) + c]) + (right * face[(((y1 * size) + x1) * 3) + c]);
                    transformed[(((y * size) + x) * 3) + c] = (((1 - bottom) * upper) + (bottom * lower)) / 255;
                }
            }
        }
    }

    private (double X, double Y) WarpSource(in AugmentDraw draw, int x, int y)
    {
        (int column, double right) = AugmentMaps.KnotWeight(spec, x);
        (int row, double bottom) = AugmentMaps.KnotWeight(spec, y);
        double mapX = 0, mapY = 0;
        for (int j = 0; j < 2; j++)
        {
            for (int i = 0; i < 2; i++)
            {
                double weight = (i == 0 ? 1 - right : right) * (j == 0 ? 1 - bottom : bottom);
                int knot = ((row + j) * AugmentMaps.Knots) + column + i;
                mapX += weight * (AugmentMaps.Knot(spec, column + i) + draw.NoiseX[knot]);
                mapY += weight * (AugmentMaps.Knot(spec, row + j) + draw.NoiseY[knot]);
            }
        }
        return (mapX, mapY);
    }

    // Bilinear with constant border 0.
    private double Sample(double x, double y, int channel)
    {
        double left = Math.Floor(x), top = Math.Floor(y);
        double right = x - left, bottom = y - top;
        return ((1 - bottom) * (((1 - right) * Pixel(left, top, channel)) + (right * Pixel(left + 1, top, channel))))
            + (bottom * (((1 - right) * Pixel(left, top + 1, channel)) + (right * Pixel(left + 1, top + 1, channel))));
    }

    private double Pixel(double x, double y, int channel) =>
        x >= 0 && y >= 0 && x < spec.FaceSize && y < spec.FaceSize
            ? transformed[((((int)y * spec.FaceSize) + (int)x) * 3) + channel]
            : 0;

    private unsafe void Store(byte* destination, long index, double value)
    {
        if (spec.InputType == ElementType.Float32)
            ((float*)destination)[index] = (float)value;
        else
            ((ushort*)destination)[index] = BFloat16Bits.FromSingle((float)value);
    }
}

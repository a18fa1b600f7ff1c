using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// The classic Adjust conversion of one face, which needs no landmarks: the detector's box resized to 256×256, its middle [48, 208)² converted, shifted
/// to the old mean color and faded in along its edge. BGR frames come out as from the classic converter, the whole box resampled twice; on YUV frames
/// what lies outside the middle keeps its samples to the bit. An instance holds scratch memory for one worker thread; after the first faces
/// it allocates nothing. Faces of turned frames need the Masked converter.
/// </summary>
public sealed class AdjustConverter : IFaceConverter
{
    private const int Box = 256, First = 48, Middle = 160;

    private readonly FaceCanvas canvas = new();
    private readonly BilinearResize resize = new();
    private readonly byte[] box = new byte[Box * Box * 3], face = new byte[Middle * Middle * 3], square;
    private byte[] touched = [];

    /// <summary>Makes a converter.</summary>
    public AdjustConverter(AdjustOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Side, 4, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Side, 1024, nameof(options));
        Options = options;
        square = new byte[FaceLength];
    }

    /// <summary>The options it was made with.</summary>
    public AdjustOptions Options { get; }

    /// <inheritdoc/>
    public int FaceLength => Options.Side * Options.Side * 3;

    /// <inheritdoc/>
    public void Crop(Frame frame, ReadOnlySpan<Point2> landmarks, RectI rect, Span<float> input)
    {
        if (!Load(frame, rect))
        {
            input[..FaceLength].Clear();
            return;
        }
        resize.Apply(OldFace(), Box * 3, Middle, Middle, square, Options.Side * 3, Options.Side, Options.Side);
        for (int i = 0; i < square.Length; i++)
            input[i] = square[i] / 255f;
    }

    /// <inheritdoc/>
    public RectI Paste(Frame writable, ReadOnlySpan<Point2> landmarks, RectI rect, ReadOnlySpan<float> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, FaceLength, nameof(output));
        if (!Load(writable, rect))
            return default;
        for (int i = 0; i < square.Length; i++)
            square[i] = (byte)(output[i] > 0 ? Math.Min(output[i], 1) * 255f : 0);
        resize.Apply(square, Options.Side * 3, Options.Side, Options.Side, face, Middle * 3, Middle, Middle);
        if (Options.AverageColor)
            ShiftColor();
        Insert();
        RectI area = canvas.Bounds;
        resize.Apply(box, Box * 3, Box, Box, canvas.Pixels, canvas.Stride, area.Width, area.Height);
        canvas.Store(writable, area, Touched(area, whole: writable.Format == PixelFormat.Bgr24));
        return area;
    }

    // The part of the box that is in the frame, as the classic slicing has it, resized to 256×256.
    private bool Load(Frame frame, RectI rect)
    {
        RectI area = rect.Intersect(new RectI(0, 0, frame.Width, frame.Height));
        if (area.IsEmpty)
            return false;
        canvas.Load(frame, area);
        resize.Apply(canvas.Original, canvas.Stride, area.Width, area.Height, box, Box * 3, Box, Box);
        return true;
    }

    private ReadOnlySpan<byte> OldFace() => box.AsSpan(((First * Box) + First) * 3);

    private void ShiftColor()
    {
        ReadOnlySpan<byte> old = OldFace();
        for (int channel = 0; channel < 3; channel++)
        {
            long oldSum = 0, newSum = 0;
            for (int y = 0; y < Middle; y++)
            {
                for (int x = 0; x < Middle; x++)
                {
                    oldSum += old[(((y * Box) + x) * 3) + channel];
                    newSum += face[(((y * Middle) + x) * 3) + channel];
                }
            }
            int shift = (int)((oldSum - newSum) / (double)(Middle * Middle));
            for (int i = channel; i < face.Length; i += 3)
                face[i] = (byte)Math.Clamp(face[i] + shift, 0, 255);
        }
    }

    private void Insert()
    {
        byte[] smooth = SmoothMask.Weights;
        for (int y = 0; y < Middle; y++)
        {
            Span<byte> to = box.AsSpan((((First + y) * Box) + First) * 3, Middle * 3);
            ReadOnlySpan<byte> from = face.AsSpan(y * Middle * 3, Middle * 3);
            if (!Options.SmoothMask)
            {
                from.CopyTo(to);
                continue;
            }
            for (int x = 0; x < Middle; x++)
            {
                double weight = smooth[(y * Middle) + x] / 255.0;
                for (int i = 3 * x; i < (3 * x) + 3; i++)
                    to[i] = (byte)((weight * from[i]) + ((1 - weight) * to[i]));
            }
        }
    }

    private ReadOnlySpan<byte> Touched(RectI area, bool whole)
    {
        if (touched.Length < area.Width * area.Height)
            touched = new byte[area.Width * area.Height * 2];
        Span<byte> weights = touched.AsSpan(0, area.Width * area.Height);
        if (whole)
        {
            weights.Fill(1);
            return weights;
        }
        weights.Clear();
        // The pixels whose middle lies in the middle of the box.
        int left = Place(area.Width, First), right = Place(area.Width, First + Middle), top = Place(area.Height, First), bottom = Place(area.Height, First + Middle);
        for (int y = top; y < bottom; y++)
            weights.Slice((y * area.Width) + left, right - left).Fill(1);
        return weights;
    }

    private static int Place(int size, int inBox) => (int)Math.Ceiling((inBox * (double)size / Box) - 0.5);
}

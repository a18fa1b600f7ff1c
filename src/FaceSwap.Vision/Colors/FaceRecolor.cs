using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Gives the network's output the colors of the crop that it replaces, in the way the options choose. Scratch memory for one thread.</summary>
internal sealed class FaceRecolor
{
    private readonly MaskedOptions options;
    private readonly HistogramMatch histogram = new();
    private readonly MomentTransfer moments;
    private readonly SpanShape hull = new();
    private readonly Point2[] points = new Point2[LandmarkModel.PointCount];
    private readonly byte[] cropBytes, faceBytes;
    private readonly float[] crop, face;
    private readonly bool[] mask;

    public FaceRecolor(MaskedOptions options)
    {
        this.options = options;
        int pixels = options.Side * options.Side;
        bool bytes = options.Color == ColorAdjust.Histogram;
        (cropBytes, faceBytes) = bytes ? (new byte[pixels * 3], new byte[pixels * 3]) : ([], []);
        (crop, mask) = bytes ? ([], []) : (new float[pixels * 3], new bool[pixels]);
        face = new float[pixels * 3];
        moments = new MomentTransfer(options.Color == ColorAdjust.Reinhard ? options.Side : 0);
    }

    /// <summary>The recolored face; valid until the next call.</summary>
    /// <param name="frame">The frame, as yet without the new face.</param>
    /// <param name="toSquare">From frame pixels to the network's square.</param>
    /// <param name="landmarks">68 points in frame pixels.</param>
    /// <param name="output">(side, side, 3), B, G, R in 0..1.</param>
    public ReadOnlySpan<float> Apply(Frame frame, Affine toSquare, ReadOnlySpan<Point2> landmarks, ReadOnlySpan<float> output)
    {
        if (options.Color == ColorAdjust.Histogram)
            return Match(frame, toSquare, output);
        output[..face.Length].CopyTo(face);
        FaceCrop.ToFloats(frame, toSquare, options.Side, crop);
        SetMask(toSquare, landmarks);
        if (options.Color == ColorAdjust.Reinhard)
            moments.Reinhard(crop, face, mask);
        else
            MomentTransfer.Average(crop, face, mask);
        return face;
    }

    private ReadOnlySpan<float> Match(Frame frame, Affine toSquare, ReadOnlySpan<float> output)
    {
        FaceCrop.ToBytes(frame, toSquare, options.Side, cropBytes);
        for (int i = 0; i < faceBytes.Length; i++)
            faceBytes[i] = (byte)(Math.Clamp(output[i], 0f, 1f) * 255f);
        histogram.Apply(cropBytes, faceBytes);
        // The pasting truncates times 255: a hair above the whole number keeps it.
        for (int i = 0; i < faceBytes.Length; i++)
            face[i] = (faceBytes[i] + 0.01f) / 255f;
        return face;
    }

    // The face's interior, whatever erosion and blur do to the mask's edge; all of a square.
    private void SetMask(Affine toSquare, ReadOnlySpan<Point2> landmarks)
    {
        if (options.Mask == MaskType.Rect)
        {
            mask.AsSpan().Fill(true);
            return;
        }
        mask.AsSpan().Clear();
        FaceInterior.InSquare(toSquare, landmarks[..points.Length], points);
        hull.SetHull(points, options.Side, options.Side);
        for (int y = hull.Top; y < hull.Top + hull.Height; y++)
        {
            (int first, int last) = hull.Row(y);
            if (first <= last)
                mask.AsSpan((y * options.Side) + first, last - first + 1).Fill(true);
        }
    }
}

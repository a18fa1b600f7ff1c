using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// The classic Masked conversion of one face: cut the network's input out of a frame, and blend its output back under a mask. Mask and new
/// face are computed only in the rectangle around the mask; on YUV frames they are blended straight into the planes, or, when the face is sharpened
/// or cloned, by way of the rectangle's BGR. Pixels whose mask is 0 keep their samples to the bit. An instance holds scratch memory for one worker
/// thread; after the first faces it allocates nothing.
/// </summary>
public sealed unsafe class MaskedConverter : IFaceConverter
{
    private readonly FaceMask mask = new();
    private readonly FacePatch patch;
    private readonly FaceRecolor? recolor;
    private readonly CanvasPaste? canvas;
    private int[] columns = [];

    /// <summary>Makes a converter.</summary>
    /// <exception cref="UserErrorException">An option is out of range.</exception>
    public MaskedConverter(MaskedOptions options)
    {
        options.Check();
        Options = options;
        patch = new FacePatch(options.Side);
        recolor = options.Color == ColorAdjust.None ? null : new FaceRecolor(options);
        canvas = options.SeamlessClone || options.Sharpen != Sharpening.None ? new CanvasPaste(options) : null;
    }

    /// <summary>The options it was made with.</summary>
    public MaskedOptions Options { get; }

    /// <summary>Numbers in a network input or output: side · side · 3.</summary>
    public int FaceLength => Options.Side * Options.Side * 3;

    /// <summary>The map from frame pixels to the network's square.</summary>
    /// <exception cref="UserErrorException">The landmarks are degenerate.</exception>
    public Affine Map(ReadOnlySpan<Point2> landmarks) => FaceAlignment.IntoSquare(FaceAlignment.Align(landmarks), Options.Side, Options.Padding);

    /// <summary>Cuts the network's input out of a frame.</summary>
    /// <param name="frame">Any format; only read.</param>
    /// <param name="landmarks">68 points in frame pixels.</param>
    /// <param name="input">(side, side, 3), B, G, R in 0..1; overwritten.</param>
    /// <exception cref="UserErrorException">The landmarks are degenerate.</exception>
    public void Crop(Frame frame, ReadOnlySpan<Point2> landmarks, Span<float> input) =>
        FaceCrop.ToFloats(frame, Map(landmarks), Options.Side, input);

    /// <inheritdoc/>
    public void Crop(Frame frame, ReadOnlySpan<Point2> landmarks, RectI rect, Span<float> input) => Crop(frame, landmarks, input);

    /// <inheritdoc/>
    public RectI Paste(Frame writable, ReadOnlySpan<Point2> landmarks, RectI rect, ReadOnlySpan<float> output) => Paste(writable, landmarks, output);

    /// <summary>Blends the network's output into the frame.</summary>
    /// <param name="writable">A frame whose samples nobody else holds (<see cref="Frame.AsWritable"/>).</param>
    /// <param name="landmarks">68 points in frame pixels, those that the input was cut with.</param>
    /// <param name="output">(side, side, 3), B, G, R in 0..1.</param>
    /// <returns>The rectangle that holds all changed pixels; empty when the face lies outside the frame.</returns>
    /// <exception cref="UserErrorException">The landmarks are degenerate.</exception>
    public RectI Paste(Frame writable, ReadOnlySpan<Point2> landmarks, ReadOnlySpan<float> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, FaceLength, nameof(output));
        Affine toSquare = Map(landmarks);
        BuildMask(toSquare, landmarks, writable.Width, writable.Height);
        RectI bounds = mask.Bounds;
        if (bounds.IsEmpty)
            return default;
        if (recolor is not null)
            output = recolor.Apply(writable, toSquare, landmarks, output);
        fixed (int* columnX = columns)
        {
            int* columnY = columnX + writable.Width;
            if (canvas is not null)
            {
                patch.SetBgr(output);
                return canvas.Paste(writable, mask, patch, toSquare, columnX, columnY);
            }
            if (writable.Format == PixelFormat.Bgr24)
            {
                patch.SetBgr(output);
                PlaneView plane = writable.Plane(0);
                for (int y = bounds.Y; y < bounds.Bottom; y++)
                    BgrPaste.Row(plane, y, bounds.X, mask.Row(y), patch, toSquare, columnX, columnY);
                return bounds;
            }
            YuvSource planes = new(writable);
            patch.SetYuv(output, planes.Transform, planes.IsRgb);
            if (planes.IsDeep)
                PastePlanes<ushort>(planes, bounds, toSquare, writable.Height, columnX, columnY);
            else
                PastePlanes<byte>(planes, bounds, toSquare, writable.Height, columnX, columnY);
        }
        return bounds;
    }

    /// <summary>The weights of a face, for checks; the rows are those of <see cref="FaceMask.Bounds"/>.</summary>
    internal FaceMask BuildMask(Affine toSquare, ReadOnlySpan<Point2> landmarks, int width, int height)
    {
        if (columns.Length < 2 * width)
            columns = new int[2 * width];
        Span<int> columnX = columns.AsSpan(0, width), columnY = columns.AsSpan(width, width);
        FixedWarp.Columns(toSquare, 0, columnX, columnY);
        mask.Build(Options, toSquare, landmarks, width, height, columnX, columnY);
        return mask;
    }

    private void PastePlanes<T>(in YuvSource planes, RectI bounds, Affine toSquare, int height, int* columnX, int* columnY) where T : unmanaged
    {
        YuvTransform transform = planes.Transform;
        for (int y = bounds.Y; y < bounds.Bottom; y++)
            YuvPaste.LumaRow<T>(planes.Luma, y, bounds.X, mask.Row(y), patch, toSquare, columnX, columnY, transform);
        if (planes.HasChroma)
            PasteChroma<T>(planes, bounds, toSquare, height);
    }

    private void PasteChroma<T>(in YuvSource planes, RectI bounds, Affine toSquare, int height) where T : unmanaged
    {
        if (!planes.HalfHeight)
        {
            for (int y = bounds.Y; y < bounds.Bottom; y++)
                YuvPaste.ChromaRow<T>(planes, y, bounds.X, mask.Row(y), default, 1, patch, toSquare);
            return;
        }
        for (int row = bounds.Y / 2; row <= (bounds.Bottom - 1) / 2; row++)
        {
            int y = 2 * row;
            Span<float> upper = y >= bounds.Y ? mask.Row(y) : default;
            Span<float> lower = y + 1 < bounds.Bottom ? mask.Row(y + 1) : default;
            YuvPaste.ChromaRow<T>(planes, row, bounds.X, upper, lower, y + 1 < height ? 2 : 1, patch, toSquare);
        }
    }
}

using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Interop;

namespace FaceSwap.Vision;

/// <summary>A face found in a frame.</summary>
/// <param name="Rect">Its box, which may reach beyond the frame. As in alignments files, width is right − left where right is the last
/// column that dlib counts in; so <see cref="RectI.Right"/> and <see cref="RectI.Bottom"/> are that last column and row.</param>
/// <param name="Confidence">The detector's score over its trained threshold; 0 is the default limit.</param>
public readonly record struct FaceDetection(RectI Rect, double Confidence);

/// <summary>
/// dlib's frontal face detector (HOG features, five linear filters, image pyramid of 5/6). It holds scratch memory: use one instance
/// per thread. The luma plane is read in place.
/// </summary>
public sealed unsafe class FaceDetector : IWindowDetector
{
    private readonly SafeDetectorHandle handle;
    // Of the boxes on the image itself, as widths go here.
    private const double LeastSide = 74.5;

    private ShimDetection[] found = new ShimDetection[16];

    /// <summary>Makes a detector on the fastest code for this processor.</summary>
    /// <param name="build">A build of <see cref="VisionCode"/>, for comparisons.</param>
    public FaceDetector(int build = VisionCode.Best)
    {
        handle = SafeDetectorHandle.Create(build);
    }

    /// <inheritdoc/>
    public string Name => "hog";

    /// <summary>Finds faces of about 80 pixels and more on the luma plane; only frames of RGB or of more than 8 bits are turned to grey first.</summary>
    public FaceDetection[] Detect(Frame frame)
    {
        using PooledFrame? grey = frame.HasLuma ? null : Luma.From(frame);
        return Detect((grey ?? frame).Plane(0));
    }

    /// <summary>Finds faces of about 80 pixels and more (40 with <paramref name="upsample"/> 1, and so on).</summary>
    /// <param name="gray">Eight-bit luma, one byte a pixel, any stride.</param>
    /// <param name="threshold">Added to the trained threshold: below 0 finds more, and more that are none.</param>
    /// <param name="upsample">How many times to double the image first, 0..4.</param>
    /// <returns>The faces, best first; empty when there is none.</returns>
    public FaceDetection[] Detect(PlaneView gray, double threshold = 0, int upsample = 0)
    {
        if (gray.PixelStride != 1)
            throw new ArgumentException("the detector reads one byte a pixel", nameof(gray));
        return Found(handle.Run(gray.Row(0), gray.Width, gray.Height, gray.Stride, threshold, upsample));
    }

    /// <inheritdoc/>
    /// <remarks>The positions and levels of the window are searched as <see cref="Detect(PlaneView, double, int)"/> does, to the bit; only the part of the pyramid that they
    /// need is made.</remarks>
    public FaceDetection[] DetectNear(Frame frame, PlaneView gray, in FaceWindow window) => DetectNear(gray, window, false);

    /// <summary>The level of the pyramid, from 0, whose boxes are nearest to a side in size.</summary>
    public static int Level(int side) => Math.Max((int)Math.Round(Math.Log(Math.Max(side, 1) / LeastSide) / Math.Log(1.2)), 0);

    /// <summary>Searches a window.</summary>
    /// <param name="gray">Eight-bit luma, one byte a pixel, any stride.</param>
    /// <param name="window">Where.</param>
    /// <param name="all">Everything over the threshold, in no useful order, not the best of what overlaps.</param>
    internal FaceDetection[] DetectNear(PlaneView gray, in FaceWindow window, bool all)
    {
        if (gray.PixelStride != 1)
            throw new ArgumentException("the detector reads one byte a pixel", nameof(gray));
        RectI box = window.Box;
        int x = box.X + box.Right, y = box.Y + box.Bottom, reach = (int)(2 * window.Reach * box.Width), level = Level(box.Width);
        ShimWindow near = new()
        {
            Left = x - reach,
            Top = y - reach,
            Right = x + reach,
            Bottom = y + reach,
            FirstLevel = level - window.Finer,
            LastLevel = level + window.Coarser,
            All = all ? 1 : 0,
        };
        return Found(handle.RunNear(gray.Row(0), gray.Width, gray.Height, gray.Stride, near, window.Threshold));
    }

    private FaceDetection[] Found(int count)
    {
        if (count == 0)
            return [];
        if (count > found.Length)
            found = new ShimDetection[count * 2];
        handle.CopyFound(found.AsSpan(0, count));
        FaceDetection[] faces = new FaceDetection[count];
        for (int i = 0; i < count; i++)
        {
            ref readonly ShimDetection f = ref found[i];
            faces[i] = new FaceDetection(new RectI(f.Left, f.Top, f.Right - f.Left, f.Bottom - f.Top), f.Confidence);
        }
        return faces;
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}

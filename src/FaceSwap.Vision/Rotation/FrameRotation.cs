using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>
/// Frames of one size turned by an angle without cropping, as the classic extraction turns them: about (width / 2, height / 2), into a frame of
/// int(height·|sin| + width·|cos|) by int(height·|cos| + width·|sin|) pixels, bilinear with black corners (OpenCV's warpAffine, to the bit).
/// Coordinates go both ways by <see cref="ToTurned"/> and <see cref="ToUpright"/>, so a face found in a turned frame needs no turned
/// frame afterwards: its landmarks carried back align, crop and convert it in the frame as it is. Immutable; serves all threads.
/// </summary>
public sealed unsafe class FrameRotation
{
    /// <summary>Prepares a rotation.</summary>
    /// <param name="width">Width of the upright frames.</param>
    /// <param name="height">Height of the upright frames.</param>
    /// <param name="degrees">Angle, clockwise as the picture is seen: the <c>r</c> of an alignments file.</param>
    public FrameRotation(int width, int height, double degrees) : this(width, height, degrees, null)
    {
    }

    private FrameRotation(int width, int height, double degrees, (int Width, int Height)? size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (!double.IsFinite(degrees))
            throw new ArgumentOutOfRangeException(nameof(degrees), degrees, "an angle must be a number");
        (UprightWidth, UprightHeight, Degrees) = (width, height, degrees);
        Affine turn = FaceAlignment.Rotation(width / 2.0, height / 2.0, -degrees, 1);
        double cos = Math.Abs(turn.A), sin = Math.Abs(turn.B);
        (Width, Height) = size ?? (Math.Max((int)((height * sin) + (width * cos)), 1), Math.Max((int)((height * cos) + (width * sin)), 1));
        ToTurned = turn.Shift((Width / 2.0) - (width / 2.0), (Height / 2.0) - (height / 2.0));
        ToUpright = ToTurned.Invert();
    }

    /// <summary>Width of the frames that are turned.</summary>
    public int UprightWidth { get; }

    /// <summary>Height of the frames that are turned.</summary>
    public int UprightHeight { get; }

    /// <summary>Clockwise angle.</summary>
    public double Degrees { get; }

    /// <summary>Width of a turned frame.</summary>
    public int Width { get; }

    /// <summary>Height of a turned frame.</summary>
    public int Height { get; }

    /// <summary>From pixels of the upright frame to pixels of the turned frame.</summary>
    public Affine ToTurned { get; }

    /// <summary>From pixels of the turned frame to pixels of the upright frame.</summary>
    public Affine ToUpright { get; }

    /// <summary>Turns the picture that detectors read.</summary>
    /// <param name="frame">A frame of the upright size: of BGR all, of YUV and grey the luma plane; only read.</param>
    /// <param name="pool">Where the memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    /// <returns>A <see cref="PixelFormat.Bgr24"/> or <see cref="PixelFormat.Gray8"/> frame with the same time and name, owned by the caller.</returns>
    public PooledFrame Turn(Frame frame, FramePool? pool = null)
    {
        if (frame.Width != UprightWidth || frame.Height != UprightHeight)
            throw new ArgumentException($"the rotation is of {UprightWidth}×{UprightHeight} pixels, not {frame.Width}×{frame.Height}", nameof(frame));
        if (!frame.HasLuma && frame.Format != PixelFormat.Bgr24)
        {
            using PooledFrame grey = Luma.From(frame, pool);
            return Turn(grey, pool);
        }
        PooledFrame turned = (pool ?? FramePool.Shared).Rent(Width, Height, frame.HasLuma ? PixelFormat.Gray8 : PixelFormat.Bgr24);
        turned.Pts = frame.Pts;
        turned.Duration = frame.Duration;
        turned.Index = frame.Index;
        turned.Name = frame.Name;
        turned.Range = frame.Range;
        PlaneView to = turned.Plane(0);
        if (frame.HasLuma)
            GrayWarp.Fill(frame.Plane(0), ToUpright, to);
        else
            BgrWarp.Fill(frame.Plane(0), ToUpright, Width, Height, to.Row(0), to.Stride);
        return turned;
    }

    /// <summary>Turns a turned picture back to the upright size, as the classic conversion does after patching. Samples are interpolated twice by
    /// then: where only faces are wanted, carry their landmarks back instead (<see cref="CarryBack"/>).</summary>
    /// <param name="turned">A frame that <see cref="Turn"/> made; only read.</param>
    /// <param name="pool">Where the memory comes from; null: <see cref="FramePool.Shared"/>.</param>
    public PooledFrame TurnBack(Frame turned, FramePool? pool = null) =>
        new FrameRotation(Width, Height, -Degrees, (UprightWidth, UprightHeight)).Turn(turned, pool);

    /// <summary>Carries points of the turned frame to where they are in the upright frame.</summary>
    /// <param name="turned">Any number of points.</param>
    /// <param name="upright">As many; may be the same memory.</param>
    public void CarryBack(ReadOnlySpan<Point2> turned, Span<Point2> upright)
    {
        for (int i = 0; i < turned.Length; i++)
            upright[i] = ToUpright.Apply(turned[i]);
    }
}

using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks;

/// <summary>A synthetic frame with the landmarks of a level face in its middle. No step's work depends on the content, so nothing has to be fetched.</summary>
internal sealed class Scene : IDisposable
{
    /// <summary>Size of the frames that the suites work on.</summary>
    public const int Width = 1280, Height = 960;

    /// <summary>Side of the face's aligned square, which the mask fills: that of the demo's talking head at this size.</summary>
    public const int FaceSize = 281;

    /// <summary>Side of the network's pictures.</summary>
    public const int Side = 64;

    private const int Left = (Width - FaceSize) / 2, Top = (Height - FaceSize) / 2;

    /// <summary>Makes a frame.</summary>
    /// <param name="format">Its layout.</param>
    public Scene(PixelFormat format = PixelFormat.Yuv420P)
    {
        Frame = FramePool.Shared.Rent(Width, Height, format);
        Fill(Frame, 0);
        Landmarks = MakeLandmarks();
    }

    /// <summary>The frame.</summary>
    public PooledFrame Frame { get; }

    /// <summary>68 points.</summary>
    public Point2[] Landmarks { get; }

    /// <summary>The detector's box.</summary>
    public static RectI Box => new(Left, Top, FaceSize, FaceSize);

    /// <summary>Into the network's square.</summary>
    public Affine Map => FaceAlignment.IntoSquare(FaceAlignment.Align(Landmarks), Side, 0);

    /// <summary>The first plane's pixels without padding, BGR or grey.</summary>
    public byte[] Packed() => Packed(Frame.Plane(0));

    /// <summary>A plane's samples without padding.</summary>
    public static byte[] Packed(PlaneView plane)
    {
        int row = plane.Width * plane.PixelStride;
        byte[] pixels = new byte[row * plane.Height];
        for (int y = 0; y < plane.Height; y++)
            plane.RowSpan(y).CopyTo(pixels.AsSpan(y * row, row));
        return pixels;
    }

    /// <summary>Smooth waves that move with time, and noise: gradients in every direction, as in a photograph.</summary>
    public static void Fill(Frame frame, int time)
    {
        Random random = new(time + 1);
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            PlaneView view = frame.Plane(plane);
            for (int y = 0; y < view.Height; y++)
            {
                Span<byte> row = view.RowSpan(y);
                for (int x = 0; x < row.Length; x++)
                    row[x] = (byte)(128 + (50 * Math.Sin(((x + (3 * time)) * 0.05) + (y * 0.02))) + (30 * Math.Cos(y * 0.07)) + random.Next(-8, 9));
            }
        }
    }

    /// <summary>A frame of its own with the same samples.</summary>
    public static PooledFrame Copy(Frame frame)
    {
        PooledFrame copy = FramePool.Shared.Rent(frame.Width, frame.Height, frame.Format);
        (copy.Matrix, copy.Range) = (frame.Matrix, frame.Range);
        for (int i = 0; i < copy.PlaneCount; i++)
        {
            PlaneView from = frame.Plane(i), to = copy.Plane(i);
            for (int y = 0; y < from.Height; y++)
                from.RowSpan(y).CopyTo(to.RowSpan(y));
        }
        return copy;
    }

    public void Dispose() => Frame.Dispose();

    // The mean face with a jaw around it.
    private static Point2[] MakeLandmarks()
    {
        List<Point2> points = [];
        for (int i = 0; i < MeanFace.FirstLandmark; i++)
        {
            double angle = Math.PI * i / (MeanFace.FirstLandmark - 1);
            points.Add(new Point2(0.5 - (0.62 * Math.Cos(angle)), 0.25 + (0.95 * Math.Sin(angle))));
        }
        points.AddRange(MeanFace.Points);
        return [.. points.Select(p => new Point2(Math.Round(Left + (FaceSize * p.X)), Math.Round(Top + (FaceSize * p.Y))))];
    }
}

using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Track;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests.Track;

/// <summary>The landmark model of the tests of this folder.</summary>
public sealed class TrackLandmarks : IDisposable
{
    public LandmarkModel Model { get; } = LandmarkModel.Load();

    public void Dispose() => Model.Dispose();
}

/// <summary>Runs a video of made-up frames through a finder, stretch by stretch as a conversion does.</summary>
internal static class TrackRig
{
    public const int Width = 480, Height = 320;

    /// <summary>A grey frame of one brightness.</summary>
    public static PooledFrame Blank(long index, byte brightness = 100)
    {
        PooledFrame frame = FramePool.Shared.Rent(Width, Height, PixelFormat.Gray8);
        frame.Index = index;
        for (int y = 0; y < Height; y++)
            frame.Plane(0).RowSpan(y).Fill(brightness);
        return frame;
    }

    /// <summary>The faces of each frame.</summary>
    /// <param name="finder">Owned.</param>
    /// <param name="count">Frames of the video.</param>
    /// <param name="length">Frames of a stretch.</param>
    /// <param name="picture">Makes a frame.</param>
    /// <param name="last">Whether stretches are searched from the last to the first: nothing may depend on that.</param>
    public static IReadOnlyList<FaceRecord>[] Run(IStretchFinder finder, int count, int length, Func<long, PooledFrame> picture, bool last = false)
    {
        PooledFrame[] frames = [.. Enumerable.Range(0, count).Select(i => picture(i))];
        FrameStretch[] stretches = [.. frames.Chunk(length).Select(static c => new FrameStretch(c))];
        for (int i = 0; i + 1 < stretches.Length; i++)
            stretches[i].Next = stretches[i + 1];
        var found = new IReadOnlyList<FaceRecord>[count];
        using (finder)
        {
            for (int i = 0; i < stretches.Length; i++)
            {
                int at = last ? stretches.Length - 1 - i : i;
                finder.Find(stretches[at], found.AsSpan(at * length, stretches[at].Frames.Count));
            }
        }
        foreach (PooledFrame frame in frames)
            frame.Dispose();
        return found;
    }

    /// <summary>Left edges of the faces of each frame, the best face first.</summary>
    public static int[][] Lefts(IReadOnlyList<FaceRecord>[] found) => [.. found.Select(static f => f.Select(static r => r.Rect.X).ToArray())];

    /// <summary>The boxes of each frame, from left to right.</summary>
    public static RectI[][] Boxes(IReadOnlyList<FaceRecord>[] found) => [.. found.Select(static f => f.Select(static r => r.Rect).OrderBy(static r => r.X).ToArray())];

    /// <summary>A finder over a detector.</summary>
    public static TrackedFinder Tracked(this TrackLandmarks landmarks, IFaceDetector detector, IReadOnlyList<int>? angles = null) =>
        new(new FaceFinder(landmarks.Model, detector, angles));
}

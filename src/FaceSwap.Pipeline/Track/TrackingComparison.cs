using System.Diagnostics;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Track;

/// <summary>How following faces compares with searching every frame of a video.</summary>
public sealed record TrackingComparison
{
    /// <summary>Frames from one search of a whole frame to the next, unless the user says otherwise.</summary>
    public const int DefaultStretch = TrackedFinder.DefaultStretch;

    // Boxes of one face: more than half of what they cover together is shared.
    private const double SharedOfOne = 0.5;

    private double landmarkSum;

    /// <summary>Frames compared.</summary>
    public long Frames { get; private set; }

    /// <summary>Frames with the same faces by both.</summary>
    public long SameFrames { get; private set; }

    /// <summary>Faces that the search of every frame finds.</summary>
    public long Faces { get; private set; }

    /// <summary>Of these, those that following does not find.</summary>
    public long Missed { get; private set; }

    /// <summary>Faces that following alone finds.</summary>
    public long Extra { get; private set; }

    /// <summary>Faces whose 68 landmarks are the same by both.</summary>
    public long Equal { get; private set; }

    /// <summary>Mean distance of the landmarks of a face found by both, in the distance between its eyes, over all such faces.</summary>
    public double MeanLandmarkDistance => Faces > Missed ? landmarkSum / (Faces - Missed) : 0;

    /// <summary>The same of the face where it is largest.</summary>
    public double MaxLandmarkDistance { get; private set; }

    /// <summary>Searches of whole frames that following made.</summary>
    public long Searches { get; private set; }

    /// <summary>Seconds of one thread for searching every frame, with landmarks.</summary>
    public double EveryFrameSeconds { get; private set; }

    /// <summary>Seconds of one thread for following, with landmarks.</summary>
    public double TrackedSeconds { get; private set; }

    /// <summary>Compares them on a video, in one thread.</summary>
    /// <param name="video">The video.</param>
    /// <param name="stretch">Frames from one search of a whole frame to the next.</param>
    /// <param name="detectors">The detector.</param>
    /// <param name="onDifference">Told of each frame that does not have the same faces: its number and what was found.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="UserErrorException">The video or the landmark model cannot be read.</exception>
    public static TrackingComparison Run(string video, int stretch, FaceDetectors detectors, Action<long, string>? onDifference = null,
        CancellationToken cancellation = default)
    {
        TrackingComparison result = new();
        using LandmarkModel landmarks = LandmarkModel.Load();
        using FaceFinder every = new(landmarks, detectors.Create());
        using TrackedFinder tracked = new(new FaceFinder(landmarks, detectors.Create()));
        using IFrameSource source = FrameSources.Open(video);
        FrameStretch? current = Read(source, stretch, cancellation);
        while (current is not null)
        {
            FrameStretch? next = Read(source, stretch, cancellation);
            current.Next = next;
            result.Compare(current, every, tracked, onDifference, cancellation);
            foreach (Frame frame in current.Frames)
                frame.Dispose();
            current = next;
        }
        result.Searches = tracked.Searches;
        return result;
    }

    private static FrameStretch? Read(IFrameSource source, int length, CancellationToken cancellation)
    {
        List<Frame> frames = [];
        while (frames.Count < length && source.Read(cancellation) is { } frame)
            frames.Add(frame);
        return frames.Count > 0 ? new FrameStretch(frames) : null;
    }

    private void Compare(FrameStretch stretch, FaceFinder every, TrackedFinder tracked, Action<long, string>? onDifference, CancellationToken cancellation)
    {
        var found = new IReadOnlyList<FaceRecord>[stretch.Frames.Count];
        long start = Stopwatch.GetTimestamp();
        tracked.Find(stretch, found);
        TrackedSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
        for (int i = 0; i < found.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            start = Stopwatch.GetTimestamp();
            FaceRecord[] expected = every.Find(stretch.Frames[i]);
            EveryFrameSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!Compare(expected, found[i]))
                onDifference?.Invoke(Frames, $"{Describe(expected)} against {Describe(found[i])}");
            Frames++;
        }
    }

    private bool Compare(FaceRecord[] expected, IReadOnlyList<FaceRecord> found)
    {
        List<FaceRecord> left = [.. found];
        int missed = 0;
        foreach (FaceRecord face in expected)
        {
            FaceRecord? match = left.MaxBy(f => Shared(f.Rect, face.Rect));
            if (match is null || Shared(match.Rect, face.Rect) <= SharedOfOne)
            {
                missed++;
                continue;
            }
            left.Remove(match);
            double distance = Distance(face, match);
            landmarkSum += distance;
            MaxLandmarkDistance = Math.Max(MaxLandmarkDistance, distance);
            Equal += distance == 0 ? 1 : 0;
        }
        Faces += expected.Length;
        Missed += missed;
        Extra += left.Count;
        bool same = missed == 0 && left.Count == 0;
        SameFrames += same ? 1 : 0;
        return same;
    }

    private static double Shared(RectI a, RectI b)
    {
        RectI both = a.Intersect(b);
        double area = (double)both.Width * both.Height;
        return area / (((double)a.Width * a.Height) + ((double)b.Width * b.Height) - area);
    }

    private static double Distance(FaceRecord a, FaceRecord b)
    {
        double sum = 0;
        for (int i = 0; i < FaceRecord.LandmarkCount; i++)
            sum += Length(a.Landmark(i), b.Landmark(i));
        return sum / FaceRecord.LandmarkCount / Math.Max(Length(Eye(a, 36), Eye(a, 42)), 1);
    }

    private static Point2 Eye(FaceRecord face, int first)
    {
        double x = 0, y = 0;
        for (int i = first; i < first + 6; i++)
            (x, y) = (x + face.Landmark(i).X, y + face.Landmark(i).Y);
        return new Point2(x / 6, y / 6);
    }

    private static double Length(Point2 a, Point2 b) => Math.Sqrt(((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)));

    private static string Describe(IEnumerable<FaceRecord> faces) =>
        "[" + string.Join(", ", faces.Select(static f => FormattableString.Invariant($"{f.Rect.X},{f.Rect.Y} {f.Rect.Width}: {f.Confidence:F2}"))) + "]";
}

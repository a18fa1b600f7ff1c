using FaceSwap.Core;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Steady;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>
/// Smooths the landmarks and boxes of each face over time with a Gaussian, which looks as far ahead as back and so delays nothing. A face is followed from a frame to
/// the next while its aligned square moves by less than half its size; before the first and after the last frame it is taken to go on as if turned about its end
/// point, so that a steady movement stays as it is. Results are rounded to whole pixels, as the file has them.
/// </summary>
public sealed class LandmarkSmoothing
{
    private const double FarthestStep = 0.5;

    private sealed record Sight(string Frame, int Index, FaceRecord Face, FaceSquare Square);

    private readonly List<List<Sight>> tracks = [];
    private double before, after;
    private long samples;

    private LandmarkSmoothing()
    {
    }

    /// <summary>The file with steady faces; frames in the order of the given file.</summary>
    public AlignmentsFile Result { get; } = new();

    /// <summary>Faces followed over two frames or more.</summary>
    public int Tracks => tracks.Count(t => t.Count > 1);

    /// <summary>Faces whose landmarks or box changed.</summary>
    public long Changed { get; private set; }

    /// <summary>Mean frame-to-frame acceleration of the aligned corners before, in pixels.</summary>
    public double JitterBefore => samples > 0 ? before / samples : 0;

    /// <summary>The usual standard deviation in frames.</summary>
    public const double StandardSigma = 1.5;

    /// <summary>The same after.</summary>
    public double JitterAfter => samples > 0 ? after / samples : 0;

    /// <summary>Smooths a file, which stays as it is.</summary>
    /// <param name="file">Its frames are taken in the natural order of their names.</param>
    /// <param name="sigma">Standard deviation of the Gaussian in frames, above 0.</param>
    public static LandmarkSmoothing Of(AlignmentsFile file, double sigma)
    {
        LandmarkSmoothing smoothing = new();
        Dictionary<string, FaceRecord[]> faces = file.FrameNames.ToDictionary(n => n, n => file.Find(n)!.ToArray());
        smoothing.Follow(file);
        foreach (List<Sight> track in smoothing.tracks)
        {
            FaceRecord[] steady = Filter(track, sigma);
            for (int i = 0; i < steady.Length; i++)
            {
                if (Same(steady[i], track[i].Face))
                    continue;
                faces[track[i].Frame][track[i].Index] = steady[i];
                smoothing.Changed++;
            }
            smoothing.Measure(track, steady);
        }
        foreach (string name in file.FrameNames)
            smoothing.Result.Set(name, faces[name]);
        return smoothing;
    }

    private void Follow(AlignmentsFile file)
    {
        List<List<Sight>> open = [];
        foreach (string frame in file.FrameNames.Order(NaturalNameComparer.Instance))
        {
            List<Sight> sights = [];
            IReadOnlyList<FaceRecord> faces = file.Find(frame)!;
            for (int i = 0; i < faces.Count; i++)
            {
                if (TrySquare(faces[i]) is { } square)
                    sights.Add(new Sight(frame, i, faces[i], square));
            }
            List<List<Sight>> next = [];
            var pairs = from track in open
                        from sight in sights
                        let distance = Distance(track[^1], sight)
                        where distance < FarthestStep
                        orderby distance
                        select (track, sight);
            HashSet<Sight> given = new(ReferenceEqualityComparer.Instance);
            foreach ((List<Sight> track, Sight sight) in pairs.ToList())
            {
                if (track[^1].Frame == frame || !given.Add(sight))
                    continue;
                track.Add(sight);
                next.Add(track);
            }
            foreach (Sight sight in sights.Where(s => !given.Contains(s)))
            {
                next.Add([sight]);
                tracks.Add(next[^1]);
            }
            open = next;
        }
    }

    // In sizes of the face; sizes may not differ by more than half, and differently turned frames have different coordinates.
    private static double Distance(Sight a, Sight b) =>
        a.Face.Rotation != b.Face.Rotation || a.Square.Size > 1.5 * b.Square.Size || b.Square.Size > 1.5 * a.Square.Size
            ? double.PositiveInfinity
            : a.Square.Distance(b.Square) / b.Square.Size;

    // Landmarks all in one place have no square; such a face stays as it is.
    private static FaceSquare? TrySquare(FaceRecord face)
    {
        try
        {
            return FaceSquare.Of(face.Landmarks());
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    private static FaceRecord[] Filter(List<Sight> track, double sigma)
    {
        int reach = Math.Min((int)Math.Ceiling(3 * sigma), track.Count - 1);
        double[] weights = [.. Enumerable.Range(-reach, (2 * reach) + 1).Select(k => Math.Exp(-k * k / (2 * sigma * sigma)))];
        double total = weights.Sum();
        double[] Smooth(Func<FaceRecord, double> value)
        {
            double[] values = [.. track.Select(s => value(s.Face))];
            int last = values.Length - 1;
            double At(int i) => i < 0 ? (2 * values[0]) - values[-i] : i > last ? (2 * values[last]) - values[(2 * last) - i] : values[i];
            return [.. values.Select((_, i) => weights.Select((w, k) => w * At(i + k - reach)).Sum() / total)];
        }
        double[][] xs = [.. Enumerable.Range(0, FaceRecord.LandmarkCount).Select(p => Smooth(f => f.Landmark(p).X))];
        double[][] ys = [.. Enumerable.Range(0, FaceRecord.LandmarkCount).Select(p => Smooth(f => f.Landmark(p).Y))];
        double[] left = Smooth(f => f.Rect.X), top = Smooth(f => f.Rect.Y), width = Smooth(f => f.Rect.Width), height = Smooth(f => f.Rect.Height);
        return [.. track.Select((sight, i) => new FaceRecord(
            new RectI((int)Math.Round(left[i]), (int)Math.Round(top[i]), (int)Math.Round(width[i]), (int)Math.Round(height[i])),
            [.. Enumerable.Range(0, FaceRecord.LandmarkCount).Select(p => new Point2(xs[p][i], ys[p][i]))], sight.Face.Rotation))];
    }

    private void Measure(List<Sight> track, FaceRecord[] steady)
    {
        FaceSquare?[] squares = [.. steady.Select(TrySquare)];
        for (int i = 2; i < steady.Length; i++)
        {
            if (squares[i - 2] is not { } a || squares[i - 1] is not { } b || squares[i] is not { } c)
                continue;
            before += FaceSquare.Acceleration(track[i - 2].Square, track[i - 1].Square, track[i].Square);
            after += FaceSquare.Acceleration(a, b, c);
            samples++;
        }
    }

    private static bool Same(FaceRecord a, FaceRecord b) => a.Rect == b.Rect && a.Landmarks().AsSpan().SequenceEqual(b.Landmarks());
}

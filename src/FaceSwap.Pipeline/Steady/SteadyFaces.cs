using FaceSwap.Core;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;

namespace FaceSwap.Pipeline.Steady;

/// <summary>
/// Holds faces still where landmarks shake: follows each face from frame to frame and filters its alignment over time (<see cref="OneEuroPose"/>). Landmarks are
/// moved rigidly, so that the face that is cut and put back is the same, steadier. Frames come in their order, one after another, from any thread.
/// A face begins anew, with a new number, after a cut, when it was away for a while, or when it jumps by half its size.
/// </summary>
/// <param name="strength">How strong to hold.</param>
/// <param name="hold">False: faces are followed and numbered, but stay where they are.</param>
internal sealed class SteadyFaces(double strength, bool hold = true)
{
    private const double FarthestStep = 0.5, LongestGap = 0.25;
    private const int StateVersion = 1;
    private const long MostCounted = 1L << 48; // more than any video has

    private readonly List<FaceTrack> tracks = [], spare = [];
    private readonly byte[] sketch = new byte[FrameSketch.Length];
    private FaceSquare[] allSquares = [];
    private FaceTrack?[] allOwners = [];
    private bool hasSketch;
    private double before, after;

    /// <summary>Whether faces are moved, not only followed.</summary>
    public bool Holds => hold;

    /// <summary>Faces followed so far: the number of the last one, which count from 1.</summary>
    public long Identities { get; private set; }

    /// <summary>Accelerations counted: faces that three frames in a row had.</summary>
    public long Samples { get; private set; }

    /// <summary>Mean frame-to-frame acceleration of the aligned corners as measured, in pixels.</summary>
    public double JitterBefore => Samples > 0 ? before / Samples : 0;

    /// <summary>The same as put into the frames.</summary>
    public double JitterAfter => Samples > 0 ? after / Samples : 0;

    /// <summary>Faces being followed.</summary>
    public int Tracks => tracks.Count;

    /// <summary>Moves a frame's faces to where they are held.</summary>
    /// <param name="frame">The frame's number; rises.</param>
    /// <param name="time">Its time in seconds.</param>
    /// <param name="landmarks">68 points a face, none of them degenerate; changed.</param>
    /// <param name="rects">A box a face; changed.</param>
    /// <param name="picture">The frame's <see cref="FrameSketch"/>.</param>
    /// <param name="identities">Takes the number of each face; may be left out.</param>
    public void Apply(long frame, double time, Span<Point2> landmarks, Span<RectI> rects, ReadOnlySpan<byte> picture, Span<long> identities = default)
    {
        if (hasSketch && FrameSketch.IsCut(sketch, picture))
            Drop(static (_, _) => true, time);
        picture.CopyTo(sketch);
        hasSketch = true;
        Drop(static (track, now) => !(now - track.Time is >= 0 and <= LongestGap), time);
        foreach (FaceTrack track in tracks)
            track.Taken = false;
        if (allSquares.Length < rects.Length)
            (allSquares, allOwners) = (new FaceSquare[rects.Length], new FaceTrack?[rects.Length]);
        Span<FaceTrack?> owners = allOwners.AsSpan(0, rects.Length);
        Span<FaceSquare> squares = allSquares.AsSpan(0, rects.Length);
        owners.Clear();
        for (int i = 0; i < rects.Length; i++)
            squares[i] = FaceSquare.Of(landmarks.Slice(i * FaceRecord.LandmarkCount, FaceRecord.LandmarkCount));
        while (Nearest(squares, owners) is (int face, FaceTrack track))
        {
            owners[face] = track;
            track.Taken = true;
        }
        for (int i = 0; i < rects.Length; i++)
        {
            Span<Point2> points = landmarks.Slice(i * FaceRecord.LandmarkCount, FaceRecord.LandmarkCount);
            if (owners[i] is not { } owner)
            {
                owner = spare.Count > 0 ? spare[^1] : new FaceTrack();
                spare.Remove(owner);
                tracks.Add(owner);
                owner.Identity = ++Identities;
                owner.Begin(frame, time, squares[i], rects[i]);
            }
            else if (hold)
                owner.Follow(frame, time, squares[i], strength, points, ref rects[i]);
            else
                owner.Begin(frame, time, squares[i], rects[i]);
            if (!identities.IsEmpty)
                identities[i] = owner.Identity;
            if (owner.TryAcceleration(out double raw, out double steady))
                (before, after, Samples) = (before + raw, after + steady, Samples + 1);
        }
    }

    // The closest pair of a face and a track that are both free, in sizes of the face; sizes may not differ by more than half.
    private (int Face, FaceTrack Track)? Nearest(ReadOnlySpan<FaceSquare> squares, ReadOnlySpan<FaceTrack?> owners)
    {
        (int, FaceTrack)? best = null;
        double least = FarthestStep;
        for (int i = 0; i < squares.Length; i++)
        {
            if (owners[i] is not null)
                continue;
            foreach (FaceTrack track in tracks)
            {
                if (track.Taken || squares[i].Size > 1.5 * track.Last.Size || track.Last.Size > 1.5 * squares[i].Size)
                    continue;
                double distance = squares[i].Distance(track.Last) / squares[i].Size;
                if (distance < least)
                    (least, best) = (distance, (i, track));
            }
        }
        return best;
    }

    private void Drop(Func<FaceTrack, double, bool> which, double time)
    {
        for (int i = tracks.Count - 1; i >= 0; i--)
        {
            if (!which(tracks[i], time))
                continue;
            spare.Add(tracks[i]);
            tracks.RemoveAt(i);
        }
    }

    /// <summary>Everything it remembers, to the bit.</summary>
    public byte[] Save()
    {
        using MemoryStream bytes = new();
        using (BinaryWriter writer = new(bytes))
        {
            writer.Write(StateVersion);
            writer.Write(hasSketch);
            writer.Write(sketch);
            writer.Write(before);
            writer.Write(after);
            writer.Write(Samples);
            writer.Write(Identities);
            writer.Write(tracks.Count);
            foreach (FaceTrack track in tracks)
                track.Save(writer);
        }
        return bytes.ToArray();
    }

    /// <summary>Takes over what another one saved.</summary>
    /// <exception cref="UserErrorException">These are not its bytes.</exception>
    public void Restore(byte[] state)
    {
        try
        {
            using BinaryReader reader = new(new MemoryStream(state));
            if (reader.ReadInt32() != StateVersion)
                throw new InvalidDataException();
            hasSketch = reader.ReadBoolean();
            reader.BaseStream.ReadExactly(sketch);
            (before, after, Samples, Identities) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt64(), reader.ReadInt64());
            if (!double.IsFinite(before) || !double.IsFinite(after) || Samples is < 0 or > MostCounted || Identities is < 0 or > MostCounted)
                throw new InvalidDataException();
            tracks.Clear();
            for (int left = reader.ReadInt32(); left > 0; left--)
            {
                FaceTrack track = new();
                track.Restore(reader);
                tracks.Add(track);
            }
            if (reader.BaseStream.Position != state.Length)
                throw new InvalidDataException();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new UserErrorException("the faces that an earlier run followed cannot be read; convert from the beginning", e);
        }
    }
}

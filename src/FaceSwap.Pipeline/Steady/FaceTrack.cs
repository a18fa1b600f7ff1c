using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Steady;

/// <summary>The aligned square of a face in a frame.</summary>
internal readonly record struct FaceSquare(Affine ToUnit, Affine FromUnit, double Size)
{
    /// <summary>That of a face's 68 landmarks.</summary>
    public static FaceSquare Of(ReadOnlySpan<Point2> landmarks)
    {
        Affine toUnit = FaceAlignment.Align(landmarks), back = toUnit.Invert();
        return new FaceSquare(toUnit, back, Math.Sqrt((back.A * back.A) + (back.D * back.D)));
    }

    /// <summary>That of a pose: center, angle, logarithm of the size.</summary>
    public static FaceSquare Of(Pose pose)
    {
        double size = Math.Exp(pose.V), cos = size * Math.Cos(pose.U), sin = size * Math.Sin(pose.U);
        Affine back = new(cos, -sin, pose.X - ((cos - sin) / 2), sin, cos, pose.Y - ((sin + cos) / 2));
        return new FaceSquare(back.Invert(), back, size);
    }

    /// <summary>Center, angle and logarithm of the size; the angle is the one nearest to <paramref name="near"/>.</summary>
    public Pose Pose(double near)
    {
        Point2 center = FromUnit.Apply(new Point2(0.5, 0.5));
        double angle = Math.Atan2(FromUnit.D, FromUnit.A);
        return new Pose(center.X, center.Y, angle + (Math.Round((near - angle) / Math.Tau) * Math.Tau), Math.Log(Size));
    }

    /// <summary>A corner in frame pixels.</summary>
    public Point2 Corner(int index) => FromUnit.Apply(new Point2(index & 1, index >> 1));

    /// <summary>Mean distance of the corners in pixels.</summary>
    public double Distance(in FaceSquare other)
    {
        double sum = 0;
        for (int i = 0; i < 4; i++)
            sum += Length(Corner(i), other.Corner(i), default);
        return sum / 4;
    }

    /// <summary>Mean acceleration of the corners over three frames, in pixels a frame a frame.</summary>
    public static double Acceleration(in FaceSquare a, in FaceSquare b, in FaceSquare c)
    {
        double sum = 0;
        for (int i = 0; i < 4; i++)
        {
            Point2 middle = b.Corner(i), first = a.Corner(i), last = c.Corner(i);
            sum += Length(new Point2(first.X + last.X, first.Y + last.Y), middle, middle);
        }
        return sum / 4;
    }

    /// <summary>Writes it to the bit.</summary>
    public void Save(BinaryWriter writer)
    {
        Save(writer, ToUnit);
        Save(writer, FromUnit);
        writer.Write(Size);
    }

    /// <summary>Reads it.</summary>
    public static FaceSquare Restore(BinaryReader reader) => new(RestoreMap(reader), RestoreMap(reader), reader.ReadDouble());

    private static void Save(BinaryWriter writer, in Affine map)
    {
        writer.Write(map.A);
        writer.Write(map.B);
        writer.Write(map.C);
        writer.Write(map.D);
        writer.Write(map.E);
        writer.Write(map.F);
    }

    private static Affine RestoreMap(BinaryReader reader) =>
        new(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());

    private static double Length(Point2 a, Point2 b, Point2 c)
    {
        double x = a.X - b.X - c.X, y = a.Y - b.Y - c.Y;
        return Math.Sqrt((x * x) + (y * y));
    }
}

/// <summary>One face followed from frame to frame.</summary>
internal sealed class FaceTrack
{
    private readonly FaceSquare[] measured = new FaceSquare[3], held = new FaceSquare[3]; // newest first
    private OneEuroPose square, box;
    private double angle;
    private int consecutive;

    /// <summary>The face's number; it keeps it as long as it is followed.</summary>
    public long Identity { get; set; }

    /// <summary>Frame of the last sight.</summary>
    public long Frame { get; private set; }

    /// <summary>Time of the last sight in seconds.</summary>
    public double Time { get; private set; }

    /// <summary>Whether a face of the current frame has been given to this track.</summary>
    public bool Taken { get; set; }

    /// <summary>Where the face was last seen.</summary>
    public ref readonly FaceSquare Last => ref measured[0];

    /// <summary>Begins with a face, which stays as it is.</summary>
    public void Begin(long frame, double time, in FaceSquare face, RectI rect)
    {
        consecutive = 0;
        angle = Math.Atan2(face.FromUnit.D, face.FromUnit.A);
        square.Reset(face.Pose(angle));
        box.Reset(Box(rect));
        Remember(frame, time, face, face);
    }

    /// <summary>Takes the face's next sight and moves its landmarks and box to where the filter holds them.</summary>
    public void Follow(long frame, double time, in FaceSquare face, double strength, Span<Point2> landmarks, ref RectI rect)
    {
        double seconds = Math.Max(time - Time, 1e-4);
        if (frame != Frame + 1)
            consecutive = 0;
        Pose pose = face.Pose(angle);
        angle = pose.U;
        FaceSquare steady = FaceSquare.Of(square.Next(pose, face.Size, seconds, strength));
        // A similarity moves all landmarks, so the fit to the mean face moves by the same: the aligned square becomes the steady one.
        Affine move = face.ToUnit.Then(steady.FromUnit);
        foreach (ref Point2 p in landmarks)
            p = move.Apply(p);
        if (!rect.IsEmpty)
        {
            Pose held = box.Next(Box(rect), rect.Width, seconds, strength);
            int width = Math.Max((int)Math.Round(Math.Exp(held.U)), 1), height = Math.Max((int)Math.Round(Math.Exp(held.V)), 1);
            rect = new RectI((int)Math.Round(held.X - (width / 2.0)), (int)Math.Round(held.Y - (height / 2.0)), width, height);
        }
        Remember(frame, time, face, steady);
    }

    /// <summary>The corners' acceleration before and after, when the last three frames all had this face.</summary>
    public bool TryAcceleration(out double before, out double after)
    {
        before = after = 0;
        if (consecutive < 3)
            return false;
        before = FaceSquare.Acceleration(measured[0], measured[1], measured[2]);
        after = FaceSquare.Acceleration(held[0], held[1], held[2]);
        return true;
    }

    /// <summary>Writes everything that later sights depend on.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Identity);
        writer.Write(Frame);
        writer.Write(Time);
        writer.Write(angle);
        writer.Write(consecutive);
        square.Save(writer);
        box.Save(writer);
        for (int i = 0; i < measured.Length; i++)
        {
            measured[i].Save(writer);
            held[i].Save(writer);
        }
    }

    /// <summary>Reads it.</summary>
    public void Restore(BinaryReader reader)
    {
        (Identity, Frame, Time) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadDouble());
        (angle, consecutive) = (reader.ReadDouble(), reader.ReadInt32());
        if (!double.IsFinite(Time) || !double.IsFinite(angle) || consecutive < 0)
            throw new InvalidDataException();
        square.Restore(reader);
        box.Restore(reader);
        for (int i = 0; i < measured.Length; i++)
            (measured[i], held[i]) = (FaceSquare.Restore(reader), FaceSquare.Restore(reader));
    }

    private static Pose Box(RectI rect) => new(rect.X + (rect.Width / 2.0), rect.Y + (rect.Height / 2.0), Math.Log(Math.Max(rect.Width, 1)), Math.Log(Math.Max(rect.Height, 1)));

    private void Remember(long frame, double time, in FaceSquare seen, in FaceSquare shown)
    {
        (measured[2], measured[1], measured[0]) = (measured[1], measured[0], seen);
        (held[2], held[1], held[0]) = (held[1], held[0], shown);
        consecutive++;
        (Frame, Time) = (frame, time);
    }
}

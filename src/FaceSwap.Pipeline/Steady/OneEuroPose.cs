namespace FaceSwap.Pipeline.Steady;

/// <summary>Where something is, how large and how turned: four numbers, of which the last two have no unit (angle in radians, logarithm of a size).</summary>
internal readonly record struct Pose(double X, double Y, double U, double V)
{
    public static Pose operator -(Pose a, Pose b) => new(a.X - b.X, a.Y - b.Y, a.U - b.U, a.V - b.V);

    /// <summary>From <paramref name="a"/> the share <paramref name="t"/> of the way to <paramref name="b"/>.</summary>
    public static Pose Mix(Pose a, Pose b, double t) =>
        new(a.X + (t * (b.X - a.X)), a.Y + (t * (b.Y - a.Y)), a.U + (t * (b.U - a.U)), a.V + (t * (b.V - a.V)));

    /// <summary>Writes it to the bit.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(X);
        writer.Write(Y);
        writer.Write(U);
        writer.Write(V);
    }

    /// <summary>Reads it.</summary>
    public static Pose Restore(BinaryReader reader) => new(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
}

/// <summary>
/// The One-Euro filter (Casiez, Roussel, Vogel: "1 € Filter", CHI 2012) of a pose: a first-order low-pass whose cutoff grows with the speed, so that what
/// rests is held still and what moves is followed. All four numbers share the cutoff of their common speed, in sizes a second: a fast turn
/// releases position, angle and size together.
/// <para>
/// At a constant speed v the result trails by v / (2π·cutoff) with cutoff = (1 + 25·v) / strength hertz: never by more than 0.64 % of the size, times the strength. In
/// the first frames of a sudden start from rest, while the speed is still being learnt, it is up to 2.2 % (at 25 frames a second, strength 1).
/// </para>
/// </summary>
internal struct OneEuroPose
{
    // Landmarks of a face at rest shake by some thousandths of its size, which alone makes speeds of some hundredths.
    private const double RestCutoff = 1, CutoffASpeed = 25, SpeedCutoff = 1.5;

    private Pose value, speed;

    /// <summary>Begins anew at a pose.</summary>
    public void Reset(Pose at) => (value, speed) = (at, default);

    /// <summary>Takes the next pose.</summary>
    /// <param name="measured">The pose; its last two numbers continuous (an angle may exceed π).</param>
    /// <param name="size">What positions are measured by, in their unit.</param>
    /// <param name="seconds">Time since the last.</param>
    /// <param name="strength">How strong to hold: cutoffs are divided by it.</param>
    public Pose Next(Pose measured, double size, double seconds, double strength)
    {
        Pose way = measured - value;
        Pose raw = new(way.X / (size * seconds), way.Y / (size * seconds), way.U / seconds, way.V / seconds);
        speed = Pose.Mix(speed, raw, Share(SpeedCutoff, seconds));
        // A corner of the square turned by an angle, or grown by a factor, moves by 0.7 of it.
        double common = Math.Sqrt((speed.X * speed.X) + (speed.Y * speed.Y) + (((speed.U * speed.U) + (speed.V * speed.V)) / 2));
        value = Pose.Mix(value, measured, Share((RestCutoff + (CutoffASpeed * common)) / strength, seconds));
        return value;
    }

    /// <summary>Writes its state to the bit.</summary>
    public readonly void Save(BinaryWriter writer)
    {
        value.Save(writer);
        speed.Save(writer);
    }

    /// <summary>Reads it.</summary>
    public void Restore(BinaryReader reader) => (value, speed) = (Pose.Restore(reader), Pose.Restore(reader));

    private static double Share(double cutoff, double seconds)
    {
        double x = 2 * Math.PI * cutoff * seconds;
        return x / (x + 1);
    }
}

namespace FaceSwap.Core.Frames;

/// <summary>A fraction such as a time base or a frame rate; a zero denominator means unknown.</summary>
public readonly record struct Rational(int Numerator, int Denominator)
{
    /// <summary>The fraction as a number; 0 when unknown.</summary>
    public double Value => Denominator == 0 ? 0 : (double)Numerator / Denominator;

    /// <inheritdoc/>
    public override string ToString() => $"{Numerator}/{Denominator}";
}

using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Video;

/// <summary>
/// Decides how often each frame of a video is shown when it is resampled to a constant rate: every frame moves to the nearest tick
/// of the new rate and is shown until the next frame's tick (the rule of FFmpeg's fps filter).
/// </summary>
internal sealed class FrameRateResampler(Rational timeBase, Rational rate)
{
    private long next = long.MinValue;

    /// <summary>The tick that a time falls on.</summary>
    public long Tick(long pts)
    {
        Int128 numerator = (Int128)pts * timeBase.Numerator * rate.Numerator, denominator = (Int128)timeBase.Denominator * rate.Denominator;
        Int128 magnitude = ((2 * Int128.Abs(numerator)) + denominator) / (2 * denominator);
        return (long)(Int128.IsNegative(numerator) ? -magnitude : magnitude);
    }

    /// <summary>How often to show a frame, given its own time and the next frame's time, or its end if it is the last.</summary>
    public int Repeats(long pts, long until)
    {
        if (next == long.MinValue)
            next = Tick(pts);
        long end = Tick(until);
        int repeats = (int)Math.Clamp(end - next, 0, int.MaxValue);
        next += repeats;
        return repeats;
    }
}

using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Steady;

/// <summary>A frame's brightness on a coarse grid, which tells a cut from a movement.</summary>
internal static class FrameSketch
{
    private const int Columns = 24, Rows = 16;

    /// <summary>Numbers of a sketch.</summary>
    public const int Length = Columns * Rows;

    // Of 255. A pan by a whole picture in a second changes less than this between two frames; shots of different scenes more.
    private const int CutDifference = 30;

    /// <summary>Samples luma, or green of BGR.</summary>
    public static void Fill(Frame frame, Span<byte> sketch)
    {
        PlaneView plane = frame.Plane(0);
        int step = frame.HasLuma ? 1 : 3, channel = frame.HasLuma ? 0 : 1;
        for (int row = 0; row < Rows; row++)
        {
            Span<byte> samples = plane.RowSpan(((2 * row) + 1) * frame.Height / (2 * Rows));
            for (int column = 0; column < Columns; column++)
                sketch[(row * Columns) + column] = samples[(((2 * column) + 1) * frame.Width / (2 * Columns) * step) + channel];
        }
    }

    /// <summary>Whether one shot ends and another begins between two frames.</summary>
    public static bool IsCut(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        int difference = 0;
        for (int i = 0; i < Length; i++)
            difference += Math.Abs(before[i] - after[i]);
        return difference > CutDifference * Length;
    }
}

using System.Runtime.InteropServices;
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

    /// <summary>Samples luma, or green of RGB; of more than 8 bits the upper ones.</summary>
    public static void Fill(Frame frame, Span<byte> sketch)
    {
        PlaneView plane = frame.Plane(0);
        int step = plane.PixelStride, channel = frame.Format == PixelFormat.Bgr24 ? 1 : 0, excess = frame.Format.Depth - 8;
        for (int row = 0; row < Rows; row++)
        {
            Span<byte> samples = plane.RowSpan(((2 * row) + 1) * frame.Height / (2 * Rows));
            for (int column = 0; column < Columns; column++)
            {
                int at = (((2 * column) + 1) * frame.Width / (2 * Columns) * step) + channel;
                sketch[(row * Columns) + column] = excess == 0 ? samples[at] : (byte)(MemoryMarshal.Read<ushort>(samples[at..]) >> excess);
            }
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

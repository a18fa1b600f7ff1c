namespace FaceSwap.Core.Geometry;

/// <summary>
/// The middle of a shape that is given by a run of pixels in each row: the shape drawn in by a quarter towards the middle of its bounding box. The outline of landmarks
/// holds background along the jaw of a turned head; its middle does not. In whole numbers, so that every backend has the same pixels.
/// </summary>
public static class InnerRuns
{
    /// <summary>Finds them.</summary>
    /// <param name="runs">First and last column of each row, within the picture; an empty row's first is greater than its last.</param>
    /// <param name="inner">Takes the same of the middle.</param>
    public static void Fill(ReadOnlySpan<(int First, int Last)> runs, Span<(int First, int Last)> inner)
    {
        int left = int.MaxValue, right = -1, top = -1, bottom = -1;
        for (int y = 0; y < runs.Length; y++)
        {
            if (runs[y].First > runs[y].Last)
                continue;
            (left, right, bottom) = (Math.Min(left, runs[y].First), Math.Max(right, runs[y].Last), y);
            top = top < 0 ? y : top;
        }
        for (int y = 0; y < runs.Length; y++)
        {
            // Where a pixel's middle lies when the shape is made larger by a third about the middle of its box, whose coordinates are (left + right) / 2 and (top + bottom) / 2.
            int from = (8 * y) - top - bottom + 3;
            (int first, int last) = bottom < 0 || from < 0 || from / 6 >= runs.Length ? (1, 0) : runs[from / 6];
            inner[y] = first > last ? (1, 0) : (((6 * first) + left + right + 4) / 8, ((6 * last) + left + right + 2) / 8);
        }
    }
}

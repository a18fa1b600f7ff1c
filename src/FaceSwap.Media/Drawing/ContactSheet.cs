using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Media.Drawing;

/// <summary>One picture of a contact sheet and the line under it.</summary>
/// <param name="Picture">A <see cref="PixelFormat.Bgr24"/> frame; it stays its owner's.</param>
/// <param name="Label">May be empty.</param>
public sealed record SheetCell(Frame Picture, string Label);

/// <summary>Grids of pictures of one size with labels: previews of training and side-by-side sheets of a conversion.</summary>
public static class ContactSheet
{
    private const int Gap = 4;
    private const double TextScale = 0.4;

    /// <summary>Composes a sheet, row by row.</summary>
    /// <param name="cells">The pictures in reading order; at least one.</param>
    /// <param name="columns">Pictures a row.</param>
    /// <param name="cellWidth">Width that a picture gets, in pixels; it keeps its proportions.</param>
    /// <param name="cellHeight">Height that a picture gets.</param>
    /// <param name="title">A line above; null: none.</param>
    /// <returns>A BGR frame, owned by the caller.</returns>
    public static PooledFrame Compose(IReadOnlyList<SheetCell> cells, int columns, int cellWidth, int cellHeight, string? title = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(cells.Count, nameof(cells));
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        columns = Math.Min(columns, cells.Count);
        int rows = (cells.Count + columns - 1) / columns;
        int label = cells.Any(static c => c.Label.Length > 0) ? 16 : 0;
        int head = title is null ? 0 : 24;
        // Not disposed: its frame is the result.
        Canvas sheet = new(Gap + (columns * (cellWidth + Gap)), head + Gap + (rows * (cellHeight + label + Gap)), Ink.Slate);
        if (title is not null)
            sheet.Text(title, Gap, 17, Ink.White);
        for (int i = 0; i < cells.Count; i++)
        {
            int x = Gap + (i % columns * (cellWidth + Gap)), y = head + Gap + (i / columns * (cellHeight + label + Gap));
            sheet.DrawImageFitted(cells[i].Picture, new RectI(x, y, cellWidth, cellHeight));
            if (cells[i].Label.Length > 0)
                sheet.Text(cells[i].Label, x + 1, y + cellHeight + 12, Ink.Silver, TextScale);
        }
        return sheet.Frame;
    }
}

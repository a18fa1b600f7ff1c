using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Media.Drawing;

/// <summary>One picture of a contact sheet and the line under it.</summary>
/// <param name="Picture">A <see cref="PixelFormat.Bgr24"/> frame; it stays its owner's.</param>
/// <param name="Label">May be empty.</param>
public sealed record SheetCell(Frame Picture, string Label);

/// <summary>Pictures that belong together and a line above them.</summary>
/// <param name="Heading">Empty: none.</param>
/// <param name="Cells">The pictures in reading order.</param>
public sealed record SheetSection(string Heading, IReadOnlyList<SheetCell> Cells);

/// <summary>Grids of pictures of one size with labels: previews of training and side-by-side sheets of a conversion.</summary>
public static class ContactSheet
{
    private const int Gap = 4, TitleHeight = 24, HeadingHeight = 22, LabelHeight = 16;
    private const double TextScale = 0.4;

    /// <summary>Composes a sheet, row by row.</summary>
    /// <param name="cells">The pictures in reading order; at least one.</param>
    /// <param name="columns">Pictures a row.</param>
    /// <param name="cellWidth">Width that a picture gets, in pixels; it keeps its proportions.</param>
    /// <param name="cellHeight">Height that a picture gets.</param>
    /// <param name="title">A line above; null: none.</param>
    /// <returns>A BGR frame, owned by the caller.</returns>
    public static PooledFrame Compose(IReadOnlyList<SheetCell> cells, int columns, int cellWidth, int cellHeight, string? title = null) =>
        Compose([new SheetSection("", cells)], columns, cellWidth, cellHeight, title);

    /// <summary>Composes a sheet of sections one below the other, each row by row.</summary>
    /// <param name="sections">The sections; at least one picture in all.</param>
    /// <param name="columns">Pictures a row.</param>
    /// <param name="cellWidth">Width that a picture gets, in pixels; it keeps its proportions.</param>
    /// <param name="cellHeight">Height that a picture gets.</param>
    /// <param name="title">A line above; null: none.</param>
    /// <returns>A BGR frame, owned by the caller.</returns>
    public static PooledFrame Compose(IReadOnlyList<SheetSection> sections, int columns, int cellWidth, int cellHeight, string? title = null)
    {
        int most = sections.Max(static s => s.Cells.Count);
        ArgumentOutOfRangeException.ThrowIfZero(most, nameof(sections));
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        columns = Math.Min(columns, most);
        int row = cellHeight + Gap + (sections.Any(static s => s.Cells.Any(static c => c.Label.Length > 0)) ? LabelHeight : 0);
        int y = Gap + (title is null ? 0 : TitleHeight);
        int height = y + sections.Sum(s => (s.Heading.Length > 0 ? HeadingHeight : 0) + (Rows(s) * row));
        // Not disposed: its frame is the result.
        Canvas sheet = new(Gap + (columns * (cellWidth + Gap)), height, Ink.Slate);
        if (title is not null)
            sheet.Text(title, Gap, 17, Ink.White);
        foreach (SheetSection section in sections)
        {
            if (section.Heading.Length > 0)
            {
                sheet.Text(section.Heading, Gap, y + 15, Ink.White);
                y += HeadingHeight;
            }
            for (int i = 0; i < section.Cells.Count; i++)
            {
                (int x, int top) = (Gap + (i % columns * (cellWidth + Gap)), y + (i / columns * row));
                sheet.DrawImageFitted(section.Cells[i].Picture, new RectI(x, top, cellWidth, cellHeight));
                if (section.Cells[i].Label.Length > 0)
                    sheet.Text(section.Cells[i].Label, x + 1, top + cellHeight + 12, Ink.Silver, TextScale);
            }
            y += Rows(section) * row;
        }
        return sheet.Frame;

        int Rows(SheetSection section) => (section.Cells.Count + columns - 1) / columns;
    }
}

using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;

namespace FaceSwap.Pipeline.Sort;

/// <summary>The contact sheet of a sort: its faces in order, each bin under a heading.</summary>
/// <param name="options">What was sorted.</param>
/// <param name="files">The faces' files.</param>
/// <param name="values">What was measured of each.</param>
internal sealed class SortSheet(SortOptions options, string[] files, float[][] values)
{
    private const int Most = 400, MostBins = 60, Thumbnail = 96, MostColumns = 20;

    /// <summary>Writes it. Of many faces it shows about 400, taken evenly from each bin; of many bins the first 60.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was written.</exception>
    public void Write(string path, List<SortBin> bins, CancellationToken cancellation)
    {
        bool divided = bins[0].Name.Length > 0;
        int columns = Math.Min(MostColumns, divided ? Math.Max(bins.Max(b => b.Faces.Length), 6) : (int)Math.Ceiling(Math.Sqrt(files.Length)));
        List<SheetSection> sections = [];
        try
        {
            int first = 0;
            foreach (SortBin bin in bins.Take(MostBins))
            {
                sections.Add(Section(bin, first, columns, divided, cancellation));
                first += bin.Faces.Length;
            }
            string title = FormattableString.Invariant($"{files.Length} faces by {SortKeys.Names[(int)options.Key]}{(options.Descending ? ", descending" : "")}");
            if (bins.Count > MostBins)
                title += FormattableString.Invariant($"; without the last {bins.Count - MostBins} of {bins.Count} folders, {files.Length - first} faces");
            using PooledFrame picture = ContactSheet.Compose(sections, columns, Thumbnail, Thumbnail, title);
            ImageFile.Write(path, picture);
        }
        finally
        {
            foreach (SheetCell cell in sections.SelectMany(static s => s.Cells))
                cell.Picture.Dispose();
        }
    }

    private SheetSection Section(SortBin bin, int first, int columns, bool divided, CancellationToken cancellation)
    {
        // Its share of the sheet, but at least a row.
        int count = Math.Min(bin.Faces.Length, divided ? Math.Max(columns, (int)((long)Most * bin.Faces.Length / files.Length / columns * columns)) : Most);
        List<SheetCell> cells = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                int place = (int)((long)i * bin.Faces.Length / count), face = bin.Faces[place];
                Canvas small = new(Thumbnail, Thumbnail, Ink.Black); // its frame is the cell's
                cells.Add(new SheetCell(small.Frame, Label(first + place, values[face])));
                if (TryRead(files[face]) is not { } image)
                    continue;
                using (image)
                    small.DrawImageFitted(image, small.Bounds);
            }
        }
        catch
        {
            foreach (SheetCell cell in cells)
                cell.Picture.Dispose();
            throw;
        }
        return new SheetSection(divided ? FormattableString.Invariant($"{bin.Name}: {bin.Faces.Length} faces") : "", cells);
    }

    // By size, the pictures are read here for the first time.
    private static PooledFrame? TryRead(string path)
    {
        try
        {
            return ImageFile.Read(path);
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    // Adding 0 makes a 0 of -0.
    private static string Label(int place, float[] value) => value.Length == 1
        ? FormattableString.Invariant($"{place + 1}: {Math.Round(value[0], 1) + 0.0:0.#}")
        : FormattableString.Invariant($"{place + 1}");
}

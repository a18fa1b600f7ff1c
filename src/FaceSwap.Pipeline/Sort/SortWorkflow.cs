using System.Diagnostics;
using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Sort;

/// <summary>Sorts a folder of aligned faces: into numbered copies, folders or new names, and onto a contact sheet. The pictures themselves are only read.</summary>
/// <param name="options">What to do.</param>
/// <param name="warn">Is told of images that were left out.</param>
public sealed class SortWorkflow(SortOptions options, Action<string>? warn = null)
{
    private const int MostOnSheet = 400, Thumbnail = 96, SheetColumns = 20;

    /// <summary>Runs it.</summary>
    /// <exception cref="UserErrorException">The folder or an option cannot be used, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public SortSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        string[] files = List();
        CheckTargets();
        float[]?[] measures = new float[]?[files.Length];
        string? complaint = Measure(files, measures, progress, cancellation);
        int[] sound = [.. Enumerable.Range(0, files.Length).Where(i => measures[i] is not null)];
        if (sound.Length == 0)
            throw new UserErrorException($"none of the {files.Length} images in '{options.Input}' can be sorted: {complaint}");
        if (sound.Length < files.Length)
            warn?.Invoke($"{files.Length - sound.Length} of {files.Length} images in '{options.Input}' were left out and stay as they are; one of them: {complaint}");

        float[][] values = [.. sound.Select(i => measures[i]!)];
        ProgressMeter meter = new(progress, "sort", "faces", sound.Length);
        int[] order = options.Key is SortKey.Histogram or SortKey.Face
            ? FaceOrder.Chain(values, n => meter.Report(n, static () => ""), cancellation)
            : FaceOrder.ByValue(values);
        if (options.Descending)
            Array.Reverse(order);
        string[] sorted = [.. order.Select(i => files[sound[i]])];
        // The sheet first: renaming in place would move the files from under it.
        if (options.SheetPath is { } sheet)
            WriteSheet(sheet, sorted, [.. order.Select(i => values[i])], cancellation);
        Place(sorted, progress, cancellation);
        return new SortSummary(sorted.Length, files.Length - sound.Length, clock.Elapsed);
    }

    private string[] List()
    {
        if (!Directory.Exists(options.Input))
            throw new UserErrorException($"there is no folder '{options.Input}' of aligned faces; make one with faceswap extract");
        try
        {
            string[] files = [.. Directory.EnumerateFiles(options.Input).Where(ImageFile.HasImageExtension).Order(NaturalNameComparer.Instance)];
            return files.Length > 0 ? files : throw new UserErrorException($"the folder '{options.Input}' holds no images; make some with faceswap extract");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the folder '{options.Input}' cannot be read: {e.Message}", e);
        }
    }

    private void CheckTargets()
    {
        if (options.OutputDirectory is null && !options.InPlace && options.SheetPath is null)
            throw new UserErrorException("there is nothing to make of the order; give --output-dir, --in-place or --sheet");
        if (options.InPlace && options.OutputDirectory is not null)
            throw new UserErrorException("--in-place and --output-dir exclude one another; give one of them");
        if (options.Bins > 0 && options.OutputDirectory is null)
            throw new UserErrorException("--bins makes folders of copies; give --output-dir for them");
        if (options.SheetPath is { } sheet && !ImageFile.HasImageExtension(sheet))
            throw new UserErrorException($"the contact sheet '{sheet}' has no extension of an image; use one of {string.Join(", ", ImageFile.Extensions)}");
        if (options.SheetPath is { } place && File.Exists(place) && Path.GetDirectoryName(Path.GetFullPath(place)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Input)))
            throw new UserErrorException($"the contact sheet '{place}' would replace a file among the faces; give it another name or folder");
        if (options.InPlace)
            SortRename.CheckFresh(options.Input);
        if (options.OutputDirectory is { } output && (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())))
            throw new UserErrorException($"the output folder '{output}' is not empty, and nothing in it is overwritten; choose a new or empty folder");
    }

    private string? Measure(string[] files, float[]?[] measures, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        string? complaint = null;
        int done = 0;
        Lock reporting = new();
        ProgressMeter meter = new(progress, "measure", "faces", files.Length);
        using FaceMeasurer measurer = new(options);
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(0, files.Length, parallel, measurer.CreateWorker, (i, _, embedder) =>
        {
            try
            {
                measures[i] = measurer.Measure(files[i], embedder);
            }
            catch (UserErrorException e)
            {
                complaint = e.Message;
            }
            lock (reporting)
                meter.Report(++done, static () => "");
            return embedder;
        }, static embedder => embedder?.Dispose());
        return complaint;
    }

    private void Place(string[] sorted, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int digits = Math.Max(sorted.Length.ToString(CultureInfo.InvariantCulture).Length, 4);
        string NewName(int i) => (i + 1).ToString("D" + digits, CultureInfo.InvariantCulture) + "_" + Path.GetFileName(sorted[i]);
        if (options.InPlace)
            SortRename.Apply(options.Input, [.. sorted.Select((file, i) => (Path.GetFileName(file), NewName(i)))]);
        if (options.OutputDirectory is not { } output)
            return;
        ProgressMeter meter = new(progress, "copy", "faces", sorted.Length);
        for (int i = 0; i < sorted.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            string folder = options.Bins == 0 ? output
                : Path.Combine(output, (FaceOrder.Bin(i, sorted.Length, options.Bins) + 1).ToString("D3", CultureInfo.InvariantCulture));
            Copy(sorted[i], folder, NewName(i));
            meter.Report(i + 1, static () => "");
        }
    }

    private static void Copy(string file, string folder, string name)
    {
        string target = Path.Combine(folder, name), temporary = Path.Combine(folder, $".{name}.partial");
        try
        {
            Directory.CreateDirectory(folder);
            File.Copy(file, temporary, overwrite: false);
            File.Move(temporary, target, overwrite: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"'{file}' cannot be copied to '{target}' ({e.Message}); free some space or choose a writable folder", e);
        }
    }

    private void WriteSheet(string path, string[] sorted, float[][] values, CancellationToken cancellation)
    {
        int count = Math.Min(sorted.Length, MostOnSheet);
        List<SheetCell> cells = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                int place = (int)((long)i * sorted.Length / count);
                Canvas small = new(Thumbnail, Thumbnail, Ink.Black); // its frame is the cell's
                cells.Add(new SheetCell(small.Frame, Label(place, values[place])));
                if (TryRead(sorted[place]) is not { } image)
                    continue;
                using (image)
                    small.DrawImageFitted(image, small.Bounds);
            }
            string title = FormattableString.Invariant($"{sorted.Length} faces by {SortKeys.Names[(int)options.Key]}{(options.Descending ? ", descending" : "")}");
            int columns = Math.Min(SheetColumns, (int)Math.Ceiling(Math.Sqrt(count)));
            using PooledFrame picture = ContactSheet.Compose(cells, columns, Thumbnail, Thumbnail, title);
            ImageFile.Write(path, picture);
        }
        finally
        {
            foreach (SheetCell cell in cells)
                cell.Picture.Dispose();
        }
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

    private static string Label(int place, float[] value) => value.Length == 1
        ? FormattableString.Invariant($"{place + 1}: {value[0]:0.#}")
        : FormattableString.Invariant($"{place + 1}");
}

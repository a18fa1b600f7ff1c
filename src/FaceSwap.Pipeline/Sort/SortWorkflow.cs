using System.Diagnostics;
using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments.Jobs;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Sort;

/// <summary>Sorts a folder of aligned faces: into numbered copies, folders or new names, and onto a contact sheet. The pictures themselves are only read.</summary>
/// <param name="options">What to do.</param>
/// <param name="warn">Is told of images that were left out.</param>
public sealed class SortWorkflow(SortOptions options, Action<string>? warn = null)
{
    /// <summary>Runs it.</summary>
    /// <exception cref="UserErrorException">The folder or an option cannot be used, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public SortSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Stopwatch clock = Stopwatch.StartNew();
        if (options.InPlace && FaceRemoval.Recover(null, options.Input) is { } said)
            warn?.Invoke(said);
        string[] files = List();
        CheckTargets();
        using OutputLock? held = options.InPlace ? OutputLock.OnFolder(options.Input, "works in", "--input-dir") : null;
        float[]?[] measures = new float[]?[files.Length];
        string? complaint = Measure(files, measures, progress, cancellation);
        int[] sound = [.. Enumerable.Range(0, files.Length).Where(i => measures[i] is not null)];
        if (sound.Length == 0)
            throw new UserErrorException($"none of the {files.Length} images in '{options.Input}' can be sorted: {complaint}");
        if (sound.Length < files.Length)
            warn?.Invoke($"{files.Length - sound.Length} of {files.Length} images in '{options.Input}' were left out and stay as they are; one of them: {complaint}");

        float[][] values = [.. sound.Select(i => measures[i]!)];
        List<SortBin> bins = Divide(values, progress, cancellation);
        using OutputLock? target = options.OutputDirectory is { } made ? OutputLock.OnNewFolder(made, "sorts into") : null;
        if (options.OutputDirectory is { } empty)
            CheckEmpty(empty); // another sort may have come here while the faces were measured
        if (options.SheetPath is { } sheet)
        {
            // Before the placing: renaming in place would move the files from under it.
            new SortSheet(options, [.. sound.Select(i => files[i])], values).Write(sheet, bins, cancellation);
        }
        Place([.. sound.Select(i => files[i])], bins, progress, cancellation);
        (string, int)[] named = [.. bins.Where(b => b.Name.Length > 0).Select(b => (b.Name, b.Faces.Length))];
        return new SortSummary(sound.Length, files.Length - sound.Length, named, clock.Elapsed);
    }

    private List<SortBin> Divide(float[][] values, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        ProgressMeter meter = new(progress, "sort", "faces", values.Length);
        void Report(int done) => meter.Report(done, static () => "");
        if (options.Group)
        {
            string word = options.Key == SortKey.Face ? SortBin.Person : SortBin.Likeness;
            int[][] groups = FaceGroups.Of(values, options.GroupThreshold ?? SortKeys.Threshold(options.Key), Report, cancellation);
            if (options.Descending)
                Array.ForEach(groups, Array.Reverse);
            return [.. groups.Select((faces, i) => new SortBin(word + (i + 1).ToString(CultureInfo.InvariantCulture), faces))];
        }
        int[] order = SortKeys.IsLikeness(options.Key) ? FaceOrder.Chain(values, Report, cancellation) : FaceOrder.ByValue(values);
        if (options.Descending)
            Array.Reverse(order);
        if (options.Bins > 0)
            return SortBin.Equal(order, options.Bins);
        IReadOnlyList<double> edges = options.BinRanges > 0 ? SortBin.EqualEdges(options.Key, values, options.BinRanges) : options.BinEdges;
        return edges.Count > 0 ? SortBin.Ranges(order, values, edges, options.Descending) : [new SortBin("", order)];
    }

    private string[] List()
    {
        if (!Directory.Exists(options.Input))
            throw new UserErrorException($"there is no folder '{options.Input}' of aligned faces; make one with faceswap extract");
        try
        {
            ImageFolder folder = ImageFolder.List(options.Input);
            foreach (string warning in folder.Warnings)
                warn?.Invoke(warning);
            string[] files = [.. folder.Files.Order(NaturalNameComparer.Instance)];
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
        CheckBins();
        if (options.SheetPath is { } sheet && !ImageFile.HasImageExtension(sheet))
            throw new UserErrorException($"the contact sheet '{sheet}' has no extension of an image; use one of {string.Join(", ", ImageFile.Extensions)}");
        if (options.SheetPath is { } picture)
            OutputFile.RequireFile(picture, "the contact sheet", "--sheet");
        if (options.SheetPath is { } place && OwnFile.IsTaken(place) && FilePlace.IsIn(place, options.Input))
            throw new UserErrorException($"the contact sheet '{place}' would replace a file among the faces; give it another name or folder");
        if (options.InPlace)
            SortRename.CheckFresh(options.Input);
        if (options.OutputDirectory is { } named)
            OutputNames.RequireFolder(named, "sorted faces go into a folder");
        if (options.OutputDirectory is { } output)
            CheckEmpty(output);
    }

    // What a killed sort was writing is no reason to refuse; it is removed once the work begins.
    private static void CheckEmpty(string output)
    {
        if (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any(static e => !TemporaryFile.IsAbandoned(e) && !SortBin.IsAbandoned(e))))
            throw new UserErrorException($"the output folder '{output}' is not empty, and nothing in it is overwritten; choose a new or empty folder");
    }

    private static void Sweep(string output)
    {
        TemporaryFile.SweepFolder(output);
        foreach (string bin in Directory.EnumerateDirectories(output).Where(SortBin.IsAbandoned).ToList())
        {
            TemporaryFile.SweepFolder(bin);
            try
            {
                Directory.Delete(bin);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // An empty folder more; or somebody put something into it just now, which stays.
            }
        }
    }

    private void CheckBins()
    {
        string[] given =
        [
            .. options.Bins > 0 ? ["--bins"] : Array.Empty<string>(), .. options.BinRanges > 0 ? ["--bin-ranges"] : Array.Empty<string>(),
            .. options.BinEdges.Count > 0 ? ["--bin-edges"] : Array.Empty<string>(), .. options.Group ? ["--group"] : Array.Empty<string>(),
        ];
        if (options.GroupThreshold is not null && !options.Group)
            throw new UserErrorException("--threshold says how alike the faces of a group are; give --group too");
        if (given.Length == 0)
            return;
        if (given.Length > 1)
            throw new UserErrorException($"{given[0]} and {given[1]} divide the faces in different ways; give one of them");
        string by = SortKeys.Names[(int)options.Key];
        if (options.Group && !SortKeys.IsLikeness(options.Key))
            throw new UserErrorException($"--group puts alike faces together, but --by {by} gives each face a value; use --by face or histogram, or --bin-ranges");
        if ((options.BinRanges > 0 || options.BinEdges.Count > 0) && SortKeys.IsLikeness(options.Key))
            throw new UserErrorException($"{given[0]} needs a value for each face, and --by {by} gives none; use --group, which puts alike faces together");
        if (options.BinEdges.Zip(options.BinEdges.Skip(1)).Any(static e => e.First >= e.Second))
            throw new UserErrorException("the numbers of --bin-edges must rise, as in 10,20,40");
        if (options.InPlace || (options.OutputDirectory is null && options.SheetPath is null))
            throw new UserErrorException($"{given[0]} makes folders of copies; give --output-dir for them");
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

    private void Place(string[] files, List<SortBin> bins, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        int digits = Math.Max(files.Length.ToString(CultureInfo.InvariantCulture).Length, 4);
        string NewName(int place, int face) => place.ToString("D" + digits, CultureInfo.InvariantCulture) + "_" + Path.GetFileName(files[face]);
        if (options.InPlace)
            SortRename.Apply(options.Input, [.. bins[0].Faces.Select((face, i) => (Path.GetFileName(files[face]), NewName(i + 1, face)))]);
        if (options.OutputDirectory is not { } output)
            return;
        ProgressMeter meter = new(progress, "copy", "faces", files.Length);
        int copied = 0;
        Sweep(output);
        foreach (SortBin bin in bins)
        {
            foreach (int face in bin.Faces)
            {
                cancellation.ThrowIfCancellationRequested();
                copied++;
                Copy(files[face], Path.Combine(output, bin.Name), NewName(copied, face));
                meter.Report(copied, static () => "");
            }
        }
    }

    private static void Copy(string file, string folder, string name)
    {
        string target = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder);
            using TemporaryFile copy = TemporaryFile.Create(target);
            using (FileStream source = new(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1, FileOptions.SequentialScan))
                source.CopyTo(copy.Stream);
            copy.Stream.Flush();
            File.SetLastWriteTimeUtc(copy.Stream.SafeFileHandle, File.GetLastWriteTimeUtc(file));
            copy.Commit(flushToDisk: false, overwrite: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"'{file}' cannot be copied to '{target}' ({e.Message}); free some space or choose a writable folder", e);
        }
    }
}

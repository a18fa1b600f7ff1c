using System.Diagnostics;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Pipeline.Alignments;

namespace FaceSwap.Pipeline.Extract;

/// <summary>
/// What an extraction has found so far, and its files: the alignments and the list of refused faces, written every few seconds, so that a stop at any moment
/// keeps what is done. The decoding thread asks for frames that are done, one other adds.
/// </summary>
internal sealed class ExtractRecord
{
    private readonly ExtractOptions options;
    private readonly string path;
    private readonly bool continued;
    private readonly AlignmentsFile alignments;
    private readonly RefusedFaces? refused;
    private readonly Stopwatch sinceSave = Stopwatch.StartNew();
    private TimeSpan saveCost;
    private bool saved;
    private readonly long known; // faces that the files had before
    private long empty, blurry, leftOut;

    /// <summary>Begins, or goes on from what the files have.</summary>
    /// <param name="options">What is extracted.</param>
    /// <param name="path">Where the alignments go.</param>
    /// <param name="before">Those that are continued, which it takes; null: none.</param>
    public ExtractRecord(ExtractOptions options, string path, AlignmentsFile? before)
    {
        (this.options, this.path) = (options, path);
        continued = before is not null;
        alignments = before ?? new AlignmentsFile();
        known = alignments.FaceCount;
        if (options.Filter.Count > 0)
        {
            refused = new RefusedFaces(Path.Combine(options.OutputDirectory, RefusedFaces.FileName));
            if (continued)
                refused.Continue();
        }
    }

    /// <summary>The alignments that a run goes on from.</summary>
    /// <exception cref="UserErrorException">The file is damaged, or a pipe or a device.</exception>
    public static AlignmentsFile LoadEarlier(string path) => FileEntry.Find(path, follow: true)?.Kind is FileKind.Regular
        ? AlignmentsFile.Load(path)
        : throw new UserErrorException($"the alignments file '{path}' is a pipe or a device, which cannot be continued; give another --alignments");

    /// <summary>Frames searched by this run.</summary>
    public long Frames { get; private set; }

    /// <summary>Faces taken by this run.</summary>
    public long Faces { get; private set; }

    /// <summary>Where the alignments go.</summary>
    /// <exception cref="UserErrorException">The extension and the serializer disagree.</exception>
    public static string PathOf(ExtractOptions options)
    {
        if (options.AlignmentsPath is { } given)
        {
            AlignmentsSerializers.ForWriting(given);
            return options.Serializer is null || options.Serializer == AlignmentsSerializers.ByExtension(given)
                ? given
                : throw new UserErrorException($"--serializer and the extension of '{given}' disagree; leave one out, or name the file with {options.Serializer.Value.Extension()}");
        }
        // A run that goes on does so in the file that there is.
        string? before = options.Serializer is null && (options.SkipExisting || options.SkipExistingFaces) ? AlignmentsFile.FindBeside(options.Input) : null;
        return before ?? AlignmentsFile.DefaultPath(options.Input, options.Serializer ?? AlignmentsSerializer.Json);
    }

    /// <summary>True for a frame that an earlier run has done and that is to stay as it is.</summary>
    public bool IsDone(string frame)
    {
        if (!continued)
            return false;
        lock (alignments)
            return alignments.Find(frame) is { } faces && (options.SkipExisting || faces.Count > 0);
    }

    public void Add(string frame, ExtractedFaces found)
    {
        lock (alignments)
            alignments.Set(frame, found.Faces);
        refused?.Add(frame, found.Refused);
        Frames++;
        Faces += found.Faces.Length;
        empty += found.Faces.Length == 0 ? 1 : 0;
        blurry += found.Blurry;
        leftOut += found.LeftOut;
    }

    /// <summary>Saves when some seconds have passed; of a long video, whose file takes a while to write, so rarely that it takes at most a twentieth of the time.</summary>
    public void SaveNowAndThen()
    {
        if (Faces + known == 0 || sinceSave.Elapsed < options.SaveEvery || sinceSave.Elapsed < 20 * saveCost)
            return;
        long start = Stopwatch.GetTimestamp();
        Save();
        saveCost = Stopwatch.GetElapsedTime(start);
        sinceSave.Restart();
    }

    /// <summary>Saves after a stop, for whose reason a failure to save must not stand in.</summary>
    public void SaveWhatIsDone()
    {
        if (Faces == 0)
            return;
        try
        {
            Save();
        }
        catch (UserErrorException)
        {
            // The disk that stopped the run, most often.
        }
    }

    /// <summary>Saves all and sums up.</summary>
    /// <exception cref="UserErrorException">There is no face, or a file cannot be written.</exception>
    public ExtractSummary Finish(TimeSpan elapsed)
    {
        if (Faces + known == 0)
        {
            if (refused?.Count + leftOut > 0)
            {
                refused!.Save();
                throw new UserErrorException($"all {refused.Count + leftOut} faces of '{options.Input}' were refused by --filter or left out by size ({refused.FilePath} lists those refused); choose other pictures or a larger --ref_threshold");
            }
            throw new UserErrorException(leftOut > 0
                ? $"all {leftOut} faces of '{options.Input}' are smaller than {options.MinSize} pixels; choose a smaller --min-size"
                : $"no face was found in '{options.Input}' ({Frames} frames); use footage in which faces are upright, frontal and at least 80 pixels wide");
        }
        Save();
        return new ExtractSummary(Frames, Faces, empty, path, options.OutputDirectory, elapsed)
        {
            Refused = refused?.Count ?? 0,
            RefusedPath = refused?.FilePath,
            Blurry = blurry,
            LeftOut = leftOut,
        };
    }

    private void Save()
    {
        // A run that does not go on replaces the alignments, some of which a person may have mended: the last ones stay beside.
        if (!saved && !continued && File.Exists(path))
            AlignmentsFile.KeepOld(path);
        alignments.Save(path);
        refused?.Save();
        saved = true;
    }
}

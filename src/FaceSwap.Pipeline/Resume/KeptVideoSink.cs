using System.Security.Cryptography;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Resume;

/// <summary>
/// Writes a video in segments, each with an encoder of its own, so that a segment depends on its frames alone; joins them when all are there. An encoder is flushed and
/// freed before the next one is made: two would hold twice the memory, and the stages before have room for the frames that come meanwhile.
/// </summary>
internal sealed class KeptVideoSink : KeptSink
{
    private readonly string output;
    private readonly VideoWriterOptions options;
    private readonly List<string> files = [], warnings = [];
    private readonly List<long[]> gaps = [];
    private VideoPicture? picture;
    private VideoSegmentWriter? current;

    /// <param name="journal">With the segments that are finished already; owned.</param>
    /// <param name="output">The video.</param>
    /// <param name="options">How to write it.</param>
    /// <exception cref="Core.UserErrorException">Unknown codec or extension, or a folder that cannot be written.</exception>
    public KeptVideoSink(SegmentJournal journal, string output, VideoWriterOptions options) : base(journal)
    {
        (this.output, this.options) = (output, options);
        foreach (SegmentRecord record in journal.Finished)
        {
            files.Add(journal.PathOf(record.Files[0].Name));
            gaps.AddRange(record.Gaps);
            warnings.AddRange(record.Warnings);
        }
        if (files.Count > 0)
            picture = VideoSegmentWriter.Describe(files[0]).Picture;
        // What is wrong with the options or the folder is said before anything is converted.
        using VideoWriter trial = VideoWriter.Create(output, options);
        warnings.AddRange(trial.Warnings);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => [.. warnings.Distinct()];

    /// <summary>The file of a segment.</summary>
    public static string FileName(int segment) => $"{segment:D6}.seg";

    /// <summary>Whether a segment's file is what the journal says.</summary>
    public static bool IsWhole(SegmentJournal journal, SegmentRecord record)
    {
        if (record.Files is not [{ } file] || file.Name != FileName(record.Segment) || !OwnFile.Is(journal.PathOf(file.Name), file.Bytes))
            return false;
        try
        {
            return Hash(journal.PathOf(file.Name)) == file.Sha256 && VideoSegmentWriter.Describe(journal.PathOf(file.Name)).Frames == record.Frames;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    protected override void WriteFrame(Frame frame, SegmentStart segment)
    {
        if (current is null)
        {
            try
            {
                current = VideoSegmentWriter.Create(Journal.PathOf(FileName(segment.Segment)), output, options, picture);
            }
            catch
            {
                frame.Dispose();
                throw;
            }
        }
        current.Write(frame);
        picture ??= current.Picture;
    }

    /// <inheritdoc/>
    protected override Func<SegmentRecord> FinishCurrent(SegmentStart begun, SegmentStart next, IReadOnlyList<long[]> left)
    {
        VideoSegmentWriter ending = current ?? throw new InvalidOperationException("a segment has no frame");
        ending.End();
        current = null;
        string name = FileName(begun.Segment), path = Journal.PathOf(name);
        files.Add(path);
        gaps.AddRange(left);
        return () =>
        {
            using (ending)
            {
                VideoSegment done = ending.Finish();
                DurableFolder.Flush(Journal.Folder);
                List<string> said = [.. ending.Warnings];
                lock (warnings)
                    warnings.AddRange(said);
                return new SegmentRecord(begun.Segment, done.Frames, [new SegmentFile(name, new FileInfo(path).Length, Hash(path))], left, said, 0, next);
            }
        };
    }

    /// <inheritdoc/>
    protected override void Complete(IReadOnlyList<long[]> left)
    {
        if (current is { } last)
        {
            using (last)
            {
                last.Finish();
                files.Add(last.FilePath);
                warnings.AddRange(last.Warnings);
            }
            current = null;
        }
        gaps.AddRange(left);
        using VideoWriter writer = VideoWriter.Create(output, options);
        foreach (long[] gap in gaps)
            writer.LeaveOut(gap[0], gap[1] == long.MaxValue ? null : gap[1]);
        writer.Append(files);
        writer.Complete();
        warnings.AddRange(writer.Warnings);
    }

    /// <inheritdoc/>
    protected override void DisposeCurrent() => current?.Dispose();

    private static string Hash(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        return System.Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

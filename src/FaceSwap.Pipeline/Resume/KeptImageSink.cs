using FaceSwap.Core.Frames;
using FaceSwap.Interop;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Resume;

/// <summary>Writes a folder of images, which are their own segments: a segment is finished when its images are on the disk.</summary>
internal sealed class KeptImageSink : KeptSink
{
    private readonly ImageFolderWriter inner;
    private List<string> current = [];

    /// <param name="journal">With the segments that are finished already; owned.</param>
    /// <param name="inner">Writes the images; owned.</param>
    public KeptImageSink(SegmentJournal journal, ImageFolderWriter inner) : base(journal)
    {
        this.inner = inner;
        foreach (SegmentFile file in journal.Finished.SelectMany(r => r.Files))
            inner.Own(file.Name);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => inner.Warnings;

    /// <summary>Whether a segment's images are there, with the sizes that they had.</summary>
    public static bool IsWhole(string folder, SegmentRecord record) =>
        record.Files.Count == record.Frames && record.Files.All(f => OwnFile.Is(Path.Combine(folder, f.Name), f.Bytes));

    /// <inheritdoc/>
    protected override void WriteFrame(Frame frame, SegmentStart segment)
    {
        string path = inner.PathOf(frame.Name);
        inner.Write(frame);
        current.Add(path);
    }

    /// <inheritdoc/>
    protected override Func<SegmentRecord> FinishCurrent(SegmentStart begun, SegmentStart next, IReadOnlyList<long[]> left)
    {
        List<string> written = current;
        current = [];
        return () =>
        {
            List<SegmentFile> files = [.. written.Select(Flush)];
            DurableFolder.Flush(inner.Folder);
            return new SegmentRecord(begun.Segment, written.Count, files, left, [], 0, next);
        };
    }

    /// <inheritdoc/>
    protected override void Complete(IReadOnlyList<long[]> left) => inner.Complete();

    /// <inheritdoc/>
    protected override void DisposeCurrent() => inner.Dispose();

    private static SegmentFile Flush(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1);
            file.Flush(flushToDisk: true);
            return new SegmentFile(Path.GetFileName(path), file.Length, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(path, e);
        }
    }
}

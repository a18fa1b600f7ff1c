using System.Text;
using FaceSwap.Core;
using FaceSwap.Interop;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Resume;

/// <summary>
/// The folder in which an unfinished output keeps its finished segments. Its name is no proof that what lies in it is ours: a file is deleted or replaced only if
/// it has one of our names, is a regular file, and begins as what the program writes under that name. All else stays.
/// </summary>
internal static class KeptFolder
{
    /// <summary>The journal's name.</summary>
    public const string Journal = "journal.jsonl";

    private const string EarlierLock = "lock"; // of earlier versions, empty

    /// <summary>Where an output keeps what is unfinished of it: beside a video, inside a folder of images.</summary>
    /// <param name="output">A video file, a folder or a pattern of images.</param>
    /// <param name="video">Whether it is a video.</param>
    public static string PathFor(string output, bool video)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)), name = Path.GetFileName(full);
        // A pattern names images in its folder; any other name is the folder.
        bool pattern = name.Contains('%', StringComparison.Ordinal) && !Directory.Exists(full);
        return video || pattern ? Path.Combine(Path.GetDirectoryName(full)!, $".{name}.partial") : Path.Combine(full, ".partial");
    }

    /// <summary>Whether the folder is there.</summary>
    /// <exception cref="UserErrorException">Something else has its name, such as a link, or something in it has the name of a file of ours.</exception>
    public static bool Exists(string folder, string output)
    {
        switch (FileEntry.Find(folder, follow: false)?.Kind)
        {
            case null:
                return false;
            case FileKind.Folder:
                break;
            default:
                throw InTheWay(folder, output);
        }
        try
        {
            if (Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(static f => IsNeeded(Path.GetFileName(f)) && !IsOurs(f)) is { } foreign)
                throw InTheWay(foreign, output);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(output, e);
        }
    }

    /// <summary>Deletes finished and unfinished segments, and what earlier versions or a kill left; not the journal.</summary>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    public static void DeleteSegments(string folder)
    {
        TemporaryFile.SweepBeside(Path.Combine(folder, Journal));
        foreach (string file in Directory.EnumerateFiles(folder).Where(static f => Path.GetFileName(f) != Journal && IsOurs(f)).ToList())
            File.Delete(file);
    }

    /// <summary>Deletes all that is ours, and the folder if nothing else is in it.</summary>
    /// <exception cref="IOException">Something else is in it, or a file cannot be deleted.</exception>
    public static void Delete(string folder)
    {
        // The journal first: segments without it mean nothing.
        string journal = Path.Combine(folder, Journal);
        if (IsOurs(journal))
            File.Delete(journal);
        DeleteSegments(folder);
        Directory.Delete(folder);
    }

    // What the program writes under its name, whole or broken off.
    private static bool IsOurs(string path)
    {
        string name = Path.GetFileName(path);
        if (!OwnFile.Is(path))
            return false;
        return name switch
        {
            EarlierLock => OwnFile.Is(path, 0),
            Journal => BeginsAsJournal(path),
            _ => IsSegment(name) && VideoSegmentWriter.BeginsAsSegment(path),
        };
    }

    private static bool IsNeeded(string name) => name == Journal || IsSegment(name);

    // 000012.seg, and 000012.seg.tmp while it is written.
    private static bool IsSegment(string name)
    {
        int digits = name.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return digits >= 6 && name.AsSpan(digits) is ".seg" or ".seg.tmp";
    }

    private static bool BeginsAsJournal(string path)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.GetBytes(SegmentJournal.LineStart);
        Span<byte> start = stackalloc byte[64];
        using FileStream file = OwnFile.Open(path);
        start = start[..file.ReadAtLeast(start[..mark.Length], mark.Length, throwOnEndOfStream: false)];
        return start.SequenceEqual(mark[..start.Length]);
    }

    private static UserErrorException InTheWay(string path, string output) => new(
        $"'{path}' is in the way: what is unfinished of '{output}' is kept under that name, and it is something else; rename it or choose another output");
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FaceSwap.Core;

namespace FaceSwap.Pipeline.Resume;

/// <summary>
/// The folder in which an unfinished output keeps its finished segments, and the journal that tells of them: a line of JSON each, the first of what the conversion
/// depends on. A line counts once it is wholly on the disk, which the checksum in it tells; lines are only ever appended, so that a kill or a full disk costs at most
/// the last one, and nothing grows but by a line a segment. One process at a time holds the folder.
/// </summary>
internal sealed class SegmentJournal : IDisposable
{
    private const string Name = "journal.jsonl", LockName = "lock";
    private const int LockedOnUnix = 11, LockedOnWindows = unchecked((int)0x80070020); // EAGAIN, a sharing violation

    private readonly string output;
    private readonly FileStream held;
    private readonly List<SegmentRecord> finished = [];
    private FileStream? file;

    private SegmentJournal(string folder, string output, FileStream held) => (Folder, this.output, this.held) = (folder, output, held);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>What the conversion depended on that made the segments; null: there are none.</summary>
    public JournalHead? Head { get; private set; }

    /// <summary>Segments that are whole, as far as the journal knows, in order from 0.</summary>
    public IReadOnlyList<SegmentRecord> Finished => finished;

    /// <summary>Where an output keeps what is unfinished of it: beside a video, inside a folder of images.</summary>
    /// <param name="output">A video file, a folder or a pattern of images.</param>
    /// <param name="video">Whether it is a video.</param>
    public static string FolderFor(string output, bool video)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)), name = Path.GetFileName(full);
        // A pattern names images in its folder; any other name is the folder.
        bool pattern = name.Contains('%', StringComparison.Ordinal) && !Directory.Exists(full);
        return video || pattern ? Path.Combine(Path.GetDirectoryName(full)!, $".{name}.partial") : Path.Combine(full, ".partial");
    }

    /// <summary>Makes the folder if it is missing, takes hold of it, and reads the journal.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="output">For messages.</param>
    /// <exception cref="UserErrorException">Another process holds it, or it cannot be written.</exception>
    public static SegmentJournal Open(string folder, string output)
    {
        FileStream held;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(output, e);
        }
        try
        {
            held = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unwritable(output, e);
        }
        catch (IOException e) when (e.HResult is not (LockedOnUnix or LockedOnWindows))
        {
            throw Unwritable(output, e);
        }
        catch (IOException e)
        {
            throw new UserErrorException($"'{output}' is being written by another conversion; wait for it to end, or choose another output", e);
        }
        SegmentJournal journal = new(folder, output, held);
        try
        {
            journal.Read();
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>The path of a file in the folder.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Begins a new journal; files of an older one are deleted.</summary>
    public void Begin(JournalHead head)
    {
        Try(() =>
        {
            file?.Dispose();
            file = null;
            File.Delete(PathOf(Name));
            foreach (string old in Directory.EnumerateFiles(Folder).Where(f => Path.GetFileName(f) != LockName))
                File.Delete(old);
            finished.Clear();
            Head = head;
            Append("head", head, ResumeJson.Default.JournalHead);
            Interop.DurableFolder.Flush(Folder);
        });
    }

    /// <summary>Forgets all finished segments from a number on, so that they are made again. Goes on in the same file: what is behind the last line that counts is cut off.</summary>
    public void Keep(int segments)
    {
        Try(() =>
        {
            finished.RemoveRange(segments, finished.Count - segments);
            using MemoryStream lines = new();
            Write(lines, "head", Head!, ResumeJson.Default.JournalHead);
            foreach (SegmentRecord record in finished)
                Write(lines, "segment", record, ResumeJson.Default.SegmentRecord);
            byte[] content = lines.ToArray();
            file?.Dispose();
            file = null;
            AtomicFile.Write(PathOf(Name), "journal", stream => stream.Write(content));
            Interop.DurableFolder.Flush(Folder);
        });
    }

    /// <summary>Notes a finished segment, whose files are on the disk already. When this returns, it is kept whatever happens.</summary>
    /// <exception cref="UserErrorException">The disk is full; the journal is as it was.</exception>
    public void Add(SegmentRecord record)
    {
        Try(() => Append("segment", record, ResumeJson.Default.SegmentRecord));
        finished.Add(record);
    }

    /// <summary>Deletes the folder with all that is in it: the output is finished, or begun anew elsewhere.</summary>
    public void Remove()
    {
        Dispose();
        try
        {
            // The journal first: segments without it mean nothing.
            File.Delete(PathOf(Name));
            Directory.Delete(Folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left does no harm; the next conversion to this output removes it.
        }
    }

    /// <summary>Lets go of the folder; an empty one is removed.</summary>
    public void Dispose()
    {
        if (!held.CanRead)
            return;
        file?.Dispose();
        if (finished.Count == 0)
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It holds nothing that anybody needs.
            }
        }
        held.Dispose();
    }

    private void Append<T>(string kind, T value, JsonTypeInfo<T> type)
    {
        file ??= new FileStream(PathOf(Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1);
        long before = file.Length;
        try
        {
            file.Position = before;
            using MemoryStream line = new();
            Write(line, kind, value, type);
            file.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(before);
            throw;
        }
    }

    private static void Write<T>(Stream to, string kind, T value, JsonTypeInfo<T> type)
    {
        string text = JsonSerializer.Serialize(value, type);
        to.Write(Encoding.UTF8.GetBytes($"{{\"sum\":\"{Sum(text)}\",\"{kind}\":{text}}}\n"));
    }

    private static string Sum(string text) => System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    private void Read()
    {
        string path = PathOf(Name);
        if (!File.Exists(path))
            return;
        bool all = true;
        Try(() =>
        {
            foreach (string line in File.ReadLines(path))
            {
                if (!(all = TakeLine(line)))
                    break;
            }
            if (Head is not null && (!all || !EndsLine(path)))
                Keep(finished.Count);
        });
    }

    // False for a line that does not count, and then none after it does.
    private bool TakeLine(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string sum = document.RootElement.GetProperty("sum").GetString()!;
            bool isHead = Head is null;
            JsonElement value = document.RootElement.GetProperty(isHead ? "head" : "segment");
            if (Sum(value.GetRawText()) != sum)
                return false;
            if (isHead)
            {
                Head = value.Deserialize(ResumeJson.Default.JournalHead);
                return Head is not null;
            }
            SegmentRecord? record = value.Deserialize(ResumeJson.Default.SegmentRecord);
            if (record is null || record.Segment != finished.Count || record.Next.Segment != record.Segment + 1)
                return false;
            finished.Add(record);
            return true;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool EndsLine(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() == '\n';
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(output, e);
        }
    }

    private static UserErrorException Unwritable(string output, Exception e) => Media.MediaErrors.Writing(output, e);
}

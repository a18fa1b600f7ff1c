using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FaceSwap.Core;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Resume;

/// <summary>
/// The journal that tells of an unfinished output's finished segments, in the output's <see cref="KeptFolder"/>: a line of JSON each, the first of what the conversion
/// depends on. A line counts once it is wholly on the disk, which the checksum in it tells; lines are only ever appended, so that a kill or a full disk costs at most
/// the last one, and nothing grows but by a line a segment. One process at a time holds the folder.
/// </summary>
internal sealed class SegmentJournal : IDisposable
{
    /// <summary>How each line begins.</summary>
    public const string LineStart = "{\"sum\":\"";

    private readonly string output;
    private readonly OutputLock held;
    private readonly List<SegmentRecord> finished = [];
    private FileStream? file;
    private bool torn, begun, released;

    private SegmentJournal(string folder, string output, OutputLock held) => (Folder, this.output, this.held) = (folder, output, held);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>What the conversion depended on that made the segments; null: there are none.</summary>
    public JournalHead? Head { get; private set; }

    /// <summary>Segments that are whole, as far as the journal knows, in order from 0.</summary>
    public IReadOnlyList<SegmentRecord> Finished => finished;

    /// <summary>Takes hold of an output's folder and reads the journal. Changes nothing on the disk.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="output">For messages.</param>
    /// <returns>Null when there is no folder.</returns>
    /// <exception cref="UserErrorException">Another process holds it, or something else has its name or that of a file in it.</exception>
    public static SegmentJournal? Find(string folder, string output)
    {
        if (!KeptFolder.Exists(folder, output))
            return null;
        SegmentJournal journal = new(folder, output, OutputLock.TryFolder(folder)
            ?? throw new UserErrorException($"'{output}' is being written by another conversion; wait for it to end, or choose another output"));
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

    /// <summary>Makes the folder if it is missing, and does as <see cref="Find"/>.</summary>
    /// <exception cref="UserErrorException">As there, or it cannot be made.</exception>
    public static SegmentJournal Open(string folder, string output)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                if (!OwnFile.IsTaken(folder))
                    Directory.CreateDirectory(folder);
                // Another process may have removed it in this moment.
                if (Find(folder, output) is { } journal)
                    return journal;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(output, e);
            }
            if (attempt > 100)
                throw Unwritable(output, new IOException("other processes are removing its folder"));
        }
    }

    /// <summary>The path of a file in the folder.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Begins a new journal; segments of an older one are deleted.</summary>
    public void Begin(JournalHead head)
    {
        begun = true;
        Try(() =>
        {
            finished.Clear();
            KeptFolder.DeleteSegments(Folder);
            Head = head;
            Replace();
        });
    }

    /// <summary>Forgets all finished segments from a number on, so that they are made again. What is behind the last line that counts is cut off.</summary>
    public void Keep(int segments)
    {
        begun = true;
        if (segments == finished.Count && !torn)
            return;
        Try(() =>
        {
            finished.RemoveRange(segments, finished.Count - segments);
            Replace();
        });
    }

    /// <summary>Notes a finished segment, whose files are on the disk already. When this returns, it is kept whatever happens.</summary>
    /// <exception cref="UserErrorException">The disk is full; the journal is as it was.</exception>
    public void Add(SegmentRecord record)
    {
        Try(() => Append("segment", record, ResumeJson.Default.SegmentRecord));
        finished.Add(record);
    }

    /// <summary>Deletes the journal and the segments: the output is finished, or begun anew elsewhere.</summary>
    public void Remove() => Release(delete: true);

    /// <summary>Lets go of the folder; one that was begun and has no finished segment is removed.</summary>
    public void Dispose() => Release(delete: begun && finished.Count == 0);

    private void Release(bool delete)
    {
        if (released)
            return;
        released = true;
        file?.Dispose();
        if (delete)
        {
            try
            {
                KeptFolder.Delete(Folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What is left of ours does no harm, the next conversion to this output removes it; and what others put there stays.
            }
        }
        held.Dispose();
    }

    private void Append<T>(string kind, T value, JsonTypeInfo<T> type)
    {
        file ??= new FileStream(PathOf(KeptFolder.Journal), FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 1);
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

    // The whole journal in one step: a kill leaves the old one or the new.
    private void Replace()
    {
        using MemoryStream lines = new();
        Write(lines, "head", Head!, ResumeJson.Default.JournalHead);
        foreach (SegmentRecord record in finished)
            Write(lines, "segment", record, ResumeJson.Default.SegmentRecord);
        file?.Dispose();
        file = null;
        using (TemporaryFile next = TemporaryFile.Create(PathOf(KeptFolder.Journal)))
        {
            next.Stream.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
            next.Commit();
        }
        torn = false;
        Interop.DurableFolder.Flush(Folder);
    }

    private static void Write<T>(Stream to, string kind, T value, JsonTypeInfo<T> type)
    {
        string text = JsonSerializer.Serialize(value, type);
        to.Write(Encoding.UTF8.GetBytes($"{LineStart}{Sum(text)}\",\"{kind}\":{text}}}\n"));
    }

    private static string Sum(string text) => System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    private void Read()
    {
        string path = PathOf(KeptFolder.Journal);
        if (!OwnFile.IsTaken(path))
            return;
        Try(() =>
        {
            using FileStream stream = OwnFile.Open(path);
            JournalLines lines = new(stream);
            while (lines.Next() is { } line)
            {
                if (!TakeLine(line))
                {
                    torn = true;
                    return;
                }
            }
            torn = lines.BrokenOff;
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
                Head = value.Deserialize(ResumeJson.Default.JournalHead) is { IsSound: true } head ? head : null;
                return Head is not null;
            }
            SegmentRecord? record = value.Deserialize(ResumeJson.Default.SegmentRecord);
            if (record?.Follows(finished.LastOrDefault()) != true)
                return false;
            finished.Add(record);
            return true;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or NotSupportedException or FormatException)
        {
            return false;
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw Unwritable(output, e);
        }
    }

    private static UserErrorException Unwritable(string output, Exception e) => Media.MediaErrors.Writing(output, e);
}

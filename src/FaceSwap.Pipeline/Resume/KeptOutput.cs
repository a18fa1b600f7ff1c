using System.Security.Cryptography;
using System.Text;
using FaceSwap.Core;

namespace FaceSwap.Pipeline.Resume;

/// <summary>What is done where an earlier conversion to the same output was not finished.</summary>
public enum UnfinishedWork
{
    /// <summary>Refuses, so that hours of work are not thrown away by mistake.</summary>
    Refuse,

    /// <summary>Goes on where it stopped, if input, model and options are the same.</summary>
    Resume,

    /// <summary>Deletes what it kept and begins anew.</summary>
    Restart,
}

/// <summary>What an output keeps of itself while it is unfinished: opens the journal, and decides where to begin.</summary>
internal sealed class KeptOutput : IDisposable
{
    private readonly string output, folder;
    private readonly UnfinishedWork mode;
    private SegmentJournal? journal;

    /// <param name="output">As the user named it.</param>
    /// <param name="video">Whether it is a video.</param>
    /// <param name="mode">What to do with an earlier conversion's segments.</param>
    /// <exception cref="UserErrorException">There are some, and they are not to be touched; or another process is at it.</exception>
    public KeptOutput(string output, bool video, UnfinishedWork mode)
    {
        (this.output, this.mode) = (output, mode);
        folder = KeptFolder.PathFor(output, video);
        journal = SegmentJournal.Find(folder, output);
        if (journal is null || mode != UnfinishedWork.Refuse || journal.Finished.Count == 0)
            return;
        long frames = FramesKept;
        journal.Dispose();
        throw new UserErrorException($"an earlier conversion to '{output}' was not finished, and its first {frames} frames are kept; go on with --resume, or begin anew with --restart");
    }

    /// <summary>Frames of finished segments.</summary>
    public long FramesKept
    {
        get
        {
            if (journal is null)
                return 0;
            lock (journal)
                return journal.Finished.Sum(r => r.Frames);
        }
    }

    /// <summary>One of the things that the finished segments were made with; null: there are no such segments, or it is not recorded.</summary>
    /// <param name="name">What the user calls it.</param>
    public string? BegunWith(string name) => journal is { Finished.Count: > 0, Head.Entries: { } entries }
        ? entries.FirstOrDefault(e => e.Key == name).Value
        : null;

    /// <summary>The journal, ready for the segment to begin with; its new owner disposes it.</summary>
    /// <param name="entries">What the conversion depends on, by what the user calls it.</param>
    /// <param name="isWhole">Whether a segment's files are as the journal says.</param>
    /// <param name="warn">Told of segments that have to be made again.</param>
    /// <exception cref="UserErrorException">The earlier conversion was another, or the journal cannot be written.</exception>
    public SegmentJournal Prepare(IReadOnlyList<KeyValuePair<string, string>> entries, Func<SegmentJournal, SegmentRecord, bool> isWhole, Action<string>? warn)
    {
        journal ??= SegmentJournal.Open(folder, output);
        if (mode != UnfinishedWork.Resume || journal.Finished.Count == 0)
        {
            journal.Begin(new JournalHead(entries));
            return journal;
        }
        RequireSame(journal.Head!.Entries, entries);
        int whole = journal.Finished.TakeWhile(r => isWhole(journal, r)).Count();
        if (whole < journal.Finished.Count)
        {
            warn?.Invoke($"a finished segment of '{output}' is damaged or missing; the conversion goes on before it, at frame {journal.Finished.Take(whole).Sum(r => r.Frames)}");
        }
        journal.Keep(whole);
        return journal;
    }

    /// <summary>A conversion's identity in one word: the hash of what it depends on.</summary>
    public static string Identity(IEnumerable<KeyValuePair<string, string>> entries) =>
        System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(entries.Select(e => $"{e.Key}\t{e.Value}\n")))));

    public void Dispose() => journal?.Dispose();

    private void RequireSame(IReadOnlyList<KeyValuePair<string, string>> before, IReadOnlyList<KeyValuePair<string, string>> now)
    {
        Dictionary<string, string> old = new(before);
        foreach ((string name, string value) in now)
        {
            if (old.TryGetValue(name, out string? was) && was == value)
                continue;
            string how = was is null || IsHash(value) || IsHash(was) ? $"{name} is not what it was" : $"{name} was {was} and is {value} now";
            throw new UserErrorException($"'{output}' cannot be continued: {how}; convert with what it was begun with, or begin anew with --restart");
        }
    }

    private static bool IsHash(string value) => value.Length == 64 && !value.AsSpan().ContainsAnyExcept("0123456789abcdef");
}

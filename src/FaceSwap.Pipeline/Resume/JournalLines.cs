using System.Text;

namespace FaceSwap.Pipeline.Resume;

/// <summary>The lines of a journal, of which none may be so long that it fills the memory.</summary>
/// <param name="stream">From its start; the caller's.</param>
internal sealed class JournalLines(Stream stream)
{
    private const int Longest = 64 << 20;

    private readonly MemoryStream line = new();
    private readonly byte[] block = new byte[1 << 16];
    private int at, read;

    /// <summary>Whether what was read ended before a line's end.</summary>
    public bool BrokenOff { get; private set; }

    /// <summary>The next line without its end, or what there is of it; null after the last one.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? Next()
    {
        line.SetLength(0);
        while (!BrokenOff)
        {
            if (at == read)
            {
                (at, read) = (0, stream.Read(block));
                if (read == 0)
                {
                    BrokenOff = line.Length > 0;
                    return BrokenOff ? Text() : null;
                }
            }
            Span<byte> rest = block.AsSpan(at, read - at);
            int end = rest.IndexOf((byte)'\n');
            line.Write(end < 0 ? rest : rest[..end]);
            at += end < 0 ? rest.Length : end + 1;
            if (end >= 0)
                return Text();
            BrokenOff = line.Length > Longest;
        }
        return null;
    }

    private string Text() => Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length));
}

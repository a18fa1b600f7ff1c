using System.Collections.Concurrent;
using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Media;

/// <summary>Reads a YUV4MPEG2 stream, such as another program's standard output, as it comes. Frames are read straight into planes; nothing is buffered ahead.</summary>
public sealed class Y4mReader : IFrameSource
{
    private const int LongestLine = 1024;
    private static readonly Rational StandardRate = new(25, 1);

    private readonly Stream stream;
    private readonly ConcurrentQueue<string> frameTags = new();
    private long next;

    /// <summary>Reads the header.</summary>
    /// <param name="stream">Owned.</param>
    /// <exception cref="UserErrorException">It is no such stream, or of samples that cannot be read.</exception>
    public Y4mReader(Stream stream)
    {
        this.stream = stream;
        Header = Y4mHeader.Parse(ReadLine(Y4mHeader.Magic, CancellationToken.None)
            ?? throw new UserErrorException("standard input is empty; give it a yuv4mpeg stream, for example of 'ffmpeg -i VIDEO -f yuv4mpegpipe -pix_fmt yuv420p -'"));
        Rational rate = Header.FrameRate is { Denominator: > 0 } known ? known : StandardRate;
        Info = new FrameSourceInfo("standard input", Header.Width, Header.Height, rate, new Rational(rate.Denominator, rate.Numerator), 0, 0, IsVideo: true);
    }

    /// <summary>What the stream says of itself.</summary>
    public Y4mHeader Header { get; }

    /// <inheritdoc/>
    public FrameSourceInfo Info { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings => [];

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The stream ends within a frame, or what comes is none.</exception>
    public Frame? Read(CancellationToken cancellation = default)
    {
        if (ReadLine("FRAME", cancellation) is not { } line)
            return null;
        if (line != "FRAME" && !line.StartsWith("FRAME ", StringComparison.Ordinal))
            throw new UserErrorException($"standard input has no frame where frame {next + 1} should begin; is the stream cut or mixed with other output?");
        PooledFrame frame = FramePool.Shared.Rent(Header.Width, Header.Height, Header.Format);
        try
        {
            for (int plane = 0; plane < frame.PlaneCount; plane++)
            {
                PlaneView view = frame.Plane(plane);
                for (int y = 0; y < view.Height; y++)
                    Fill(view.RowSpan(y), cancellation);
            }
        }
        catch
        {
            frame.Dispose();
            throw;
        }
        (frame.Matrix, frame.Range) = (Header.Height >= 720 ? ColorMatrix.Bt709 : ColorMatrix.Bt601, Header.Range);
        (frame.Pts, frame.Duration, frame.Index) = (next, 1, next);
        next++;
        if (IsMixed)
            frameTags.Enqueue(line["FRAME".Length..]);
        return frame;
    }

    /// <summary>Takes what the next frame in their order says of itself beside its samples (<c> Itpp</c>: fields and chroma of one frame of a mixed stream); it begins
    /// with a space, and is empty unless the header says that frames differ in it (<c>Im</c>). To be taken once for every frame read.</summary>
    public string TakeFrameTags() => frameTags.TryDequeue(out string? tags) ? tags : "";

    private bool IsMixed => Header.OtherTags.Contains("Im");

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private void Fill(Span<byte> row, CancellationToken cancellation)
    {
        while (row.Length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            int got = stream.Read(row);
            if (got == 0)
                throw new UserErrorException($"standard input ended within frame {next + 1}; the program before the pipe was stopped or failed");
            row = row[got..];
        }
    }

    // Lines are short and few beside the samples: byte by byte, so that nothing of a frame is read with them.
    private string? ReadLine(string expected, CancellationToken cancellation)
    {
        StringBuilder line = new();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int value = stream.ReadByte();
            if (value < 0)
                return line.Length == 0 ? null : throw new UserErrorException($"standard input ended within a line that begins with '{Printable(line)}'");
            if (value == '\n')
                return line.ToString();
            line.Append((char)value);
            if (line.Length <= expected.Length ? line[^1] != expected[line.Length - 1] : line.Length > LongestLine)
            {
                throw new UserErrorException(next == 0 && expected == Y4mHeader.Magic
                    ? "standard input is no yuv4mpeg stream; make one with 'ffmpeg -i VIDEO -f yuv4mpegpipe -pix_fmt yuv420p -'"
                    : $"standard input has no frame where frame {next + 1} should begin; is the stream cut or mixed with other output?");
            }
        }
    }

    private static string Printable(StringBuilder line) => new([.. line.ToString().Take(20).Select(c => char.IsControl(c) ? '?' : c)]);
}

using System.Text;
using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Media;

/// <summary>Writes a YUV4MPEG2 stream, for another program's standard input.</summary>
public sealed class Y4mWriter : IFrameSink
{
    private const int NoSpaceOnUnix = 28, NoSpaceOnWindows = 112;

    private readonly Stream stream;
    private readonly Y4mHeader header;
    private readonly byte[] line = "FRAME\n"u8.ToArray();

    /// <summary>Writes the header.</summary>
    /// <param name="stream">Owned.</param>
    /// <param name="header">Size and planes of every frame.</param>
    public Y4mWriter(Stream stream, Y4mHeader header)
    {
        (this.stream, this.header) = (stream, header);
        Put(Encoding.ASCII.GetBytes(header + "\n"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Warnings => [];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The frame is not as the header says.</exception>
    /// <exception cref="UserErrorException">Nobody reads the stream any more.</exception>
    public void Write(Frame frame) => Write(frame, "");

    /// <summary>Writes a frame with what its line says beside <c>FRAME</c>.</summary>
    /// <param name="frame">Owned.</param>
    /// <param name="tags">As <see cref="Y4mReader.TakeFrameTags"/> gives them.</param>
    /// <exception cref="ArgumentException">The frame is not as the header says.</exception>
    /// <exception cref="UserErrorException">Nobody reads the stream any more.</exception>
    public void Write(Frame frame, string tags)
    {
        using (frame)
        {
            if (frame.Width != header.Width || frame.Height != header.Height || frame.Format != header.Format)
                throw new ArgumentException($"a {frame.Format.Words} frame of {frame.Width}x{frame.Height} does not fit a stream of {header.Format.Words} {header.Width}x{header.Height}");
            Put(tags.Length == 0 ? line : Encoding.ASCII.GetBytes($"FRAME{tags}\n"));
            for (int plane = 0; plane < frame.PlaneCount; plane++)
            {
                PlaneView view = frame.Plane(plane);
                for (int y = 0; y < view.Height; y++)
                    Put(view.RowSpan(y));
            }
        }
        Flush();
    }

    /// <inheritdoc/>
    public void Complete() => Flush();

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // What was still to be written has no reader; a writer that is not complete said so before.
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (IOException e)
        {
            throw Closed(e);
        }
    }

    private void Flush()
    {
        try
        {
            stream.Flush();
        }
        catch (IOException e)
        {
            throw Closed(e);
        }
    }

    // ENOSPC where standard output is a file.
    private static UserErrorException Closed(IOException reason) => new((reason.HResult & 0xFFFF) is NoSpaceOnUnix or NoSpaceOnWindows
        ? "standard output cannot be written: its disk is full; free some space"
        : "standard output was closed by the program that read it; see what it says", reason);
}

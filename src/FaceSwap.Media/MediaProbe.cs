using System.Security.Cryptography;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>The kind of a container's stream.</summary>
public enum MediaStreamKind
{
    /// <summary>Not known to FFmpeg.</summary>
    Unknown = -1,

    /// <summary>Pictures.</summary>
    Video = 0,

    /// <summary>Sound.</summary>
    Audio = 1,

    /// <summary>Timecodes and the like.</summary>
    Data = 2,

    /// <summary>Subtitles.</summary>
    Subtitle = 3,

    /// <summary>A file inside the container, such as a font.</summary>
    Attachment = 4,
}

/// <summary>A stream of a container.</summary>
/// <param name="Kind">What it carries.</param>
/// <param name="Codec">Its codec by FFmpeg's name.</param>
/// <param name="Language">Its language as stored, or empty.</param>
/// <param name="TimeBase">The unit of its packets' times.</param>
/// <param name="Disposition">FFmpeg's disposition bits (1: default, 0x400: cover picture).</param>
/// <param name="Metadata">Its metadata.</param>
public sealed record MediaStream(MediaStreamKind Kind, string Codec, string Language, Rational TimeBase, int Disposition,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>A chapter of a file; times in seconds.</summary>
public sealed record MediaChapter(double Start, double End, IReadOnlyDictionary<string, string> Metadata);

/// <summary>A packet as it is stored: stream, times in the stream's time base (null: unknown), size in bytes and SHA-256.</summary>
public sealed record MediaPacket(int Stream, long? Pts, long? Dts, long Duration, int Size, bool IsKey, string Sha256);

/// <summary>Looks into a media file without decoding it: streams, chapters, metadata, and the stored packets, by whose hashes a stream copy is
/// verified.</summary>
public sealed unsafe class MediaProbe : IDisposable
{
    private readonly SafeVideoPacketsHandle handle;
    private readonly string path;

    private MediaProbe(string path)
    {
        this.path = path;
        handle = SafeVideoPacketsHandle.Open(Path.GetFullPath(path), out int streams, out int chapters);
        Metadata = ReadMetadata(-1);
        Streams = [.. Enumerable.Range(0, streams).Select(ReadStream)];
        Chapters = [.. Enumerable.Range(0, chapters).Select(ReadChapter)];
    }

    /// <summary>The file's metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The file's streams.</summary>
    public IReadOnlyList<MediaStream> Streams { get; }

    /// <summary>The file's chapters.</summary>
    public IReadOnlyList<MediaChapter> Chapters { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="UserErrorException">The file is missing, empty or no media file.</exception>
    public static MediaProbe Open(string path)
    {
        MediaErrors.RequireFile(path);
        try
        {
            return new MediaProbe(path);
        }
        catch (ShimException e)
        {
            throw MediaErrors.Reading(path, e);
        }
    }

    /// <summary>The packets from here to the end, in the order of the file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public IEnumerable<MediaPacket> Packets()
    {
        while (Next() is { } packet)
            yield return packet;
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private MediaPacket? Next()
    {
        VideoPacket p;
        try
        {
            if (ShimException.ThrowIfFailed(ShimNative.fs_video_packets_next(handle, out p)) == ShimStatus.EndOfStream)
                return null;
        }
        catch (ShimException e)
        {
            throw new InvalidDataException($"'{path}' is damaged: {e.Message}.", e);
        }
        string hash = Convert.ToHexString(SHA256.HashData(new ReadOnlySpan<byte>(p.Data, p.Size)));
        return new MediaPacket(p.Stream, p.Pts == long.MinValue ? null : p.Pts, p.Dts == long.MinValue ? null : p.Dts, p.Duration, p.Size, p.Key != 0, hash);
    }

    private MediaStream ReadStream(int index)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_video_packets_stream(handle, index, out VideoPacketStream s));
        return new MediaStream((MediaStreamKind)s.Type, MediaErrors.Text(s.Codec), MediaErrors.Text(s.Language),
            new Rational(s.TimeBaseNumerator, s.TimeBaseDenominator), s.Disposition, ReadMetadata(index));
    }

    private MediaChapter ReadChapter(int index)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_video_packets_chapter(handle, index, out long start, out long end));
        return new MediaChapter(start / 1e6, end / 1e6, ReadMetadata(-2 - index));
    }

    private Dictionary<string, string> ReadMetadata(int stream)
    {
        Dictionary<string, string> result = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; ; i++)
        {
            if (ShimException.ThrowIfFailed(ShimNative.fs_video_packets_metadata(handle, stream, i, out byte* key, out byte* value)) != ShimStatus.Ok)
                return result;
            result[MediaErrors.Text(key)] = MediaErrors.Text(value);
        }
    }
}

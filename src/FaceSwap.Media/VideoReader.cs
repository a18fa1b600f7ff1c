using System.Globalization;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>
/// Decodes the main video stream of any file that FFmpeg reads. Frames of planar YUV, RGB or grey with 8 to 16 bits a sample, with alpha or
/// without, are references to what the decoder gave; others are converted to the planar format with as many bits, which <see cref="Video"/> states, without loss
/// unless FFmpeg has no such format (4:1:1 becomes 4:2:2, floating point 16 bits). Frames are upright (rotation
/// metadata is applied) and keep their times in the stream's time base; only formats whose clock starts anywhere (MPEG
/// transport streams) are moved to begin at 0. Damaged packets are skipped: whatever can be decoded is delivered, and
/// <see cref="Warnings"/> says what could not. Not safe for several threads at once.
/// </summary>
public sealed class VideoReader : IFrameSource
{
    private const string Extension = ".png";
    private const int NumberDigits = 6;

    private readonly SafeVideoReaderHandle handle;
    private readonly string stem;
    private readonly VideoReaderOptions options;
    private readonly string path;
    private IReadOnlyList<string> lastWarnings = [];
    private long next;
    private Frame? ahead; // read already

    private unsafe VideoReader(string path, VideoReaderOptions options)
    {
        this.path = path;
        this.options = options;
        stem = options.NameWithExtension ? Path.GetFileName(path) : Path.GetFileNameWithoutExtension(path);
        handle = SafeVideoReaderHandle.Open(Path.GetFullPath(path), Microseconds(options.StartSeconds), Microseconds(options.DurationSeconds),
            options.From?.Pts ?? long.MinValue, options.Threads, Hardware(options), out VideoStreamData data);
        Rational rate = new(data.FrameRateNumerator, data.FrameRateDenominator);
        Info = new FrameSourceInfo(path, data.Width, data.Height, rate, new Rational(data.TimeBaseNumerator, data.TimeBaseDenominator), data.FrameCount,
            data.DurationMicroseconds / 1e6, IsVideo: true);
        PixelFormat format = (PixelFormat)data.Format;
        string source = MediaErrors.Text(data.SourceFormat);
        Video = new VideoStreamInfo
        {
            Codec = MediaErrors.Text(data.Codec),
            Container = MediaErrors.Text(data.Container),
            SourceFormat = source,
            Format = format,
            Conversion = data.Converted != 0 ? $"The video's pixel format {source} is converted to {format.Words}." : null,
            DeviceRefusal = MediaErrors.Text(ShimNative.fs_video_reader_note(handle)) is { Length: > 0 } note ? note : null,
            Rotation = data.Rotation,
            SampleAspect = new Rational(data.AspectNumerator, data.AspectDenominator),
            Color = new ColorTags(data.Color.Matrix, data.Color.Primaries, data.Color.Transfer, data.Color.Range),
            Signal = ReadSignal(handle),
            HasAudio = data.HasAudio != 0,
        };
    }

    /// <inheritdoc/>
    public FrameSourceInfo Info { get; }

    /// <summary>More about the stream.</summary>
    public VideoStreamInfo Video { get; }

    /// <summary>The options it was opened with.</summary>
    public VideoReaderOptions Options => options;

    /// <summary>What is added to a frame's index for the number in its name; known once a frame was read. 0 unless <see cref="VideoReaderOptions.NameFromBeginning"/> is set.</summary>
    public long NamesBefore { get; private set; }

    /// <summary>What was found wrong so far, a sentence each; complete once <see cref="Read"/> has returned null.</summary>
    public IReadOnlyList<string> Warnings => handle.IsClosed ? lastWarnings : VideoDamageText.Describe(path, handle);

    /// <summary>Opens a video and decodes its first frame.</summary>
    /// <exception cref="UserErrorException">The file is missing, empty, no video, or has no frame that can be decoded.</exception>
    /// <exception cref="FramePositionException">It has no frame where <see cref="VideoReaderOptions.From"/> says.</exception>
    public static VideoReader Open(string path, VideoReaderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new VideoReaderOptions();
        if (options.StartSeconds is < 0 or double.NaN || options.DurationSeconds is <= 0 or double.NaN)
            throw new UserErrorException("The start of a stretch of video may not be negative, and its length must be more than 0 seconds.");
        MediaErrors.RequireFile(path);
        try
        {
            if (options.From is not { } from)
                return new VideoReader(path, options);
            if (Seek(path, options, from) is { } sought)
                return sought;
            // Where seeking does not lead to a frame (streams without times, damage before it), it is reached frame by frame.
            VideoReader reader = new(path, options with { From = null });
            try
            {
                reader.PassOver(from);
            }
            catch
            {
                reader.Dispose();
                throw;
            }
            return reader;
        }
        catch (ShimException e)
        {
            throw MediaErrors.Reading(path, e);
        }
    }

    /// <inheritdoc/>
    public Frame? Read(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (ahead is { } waiting)
        {
            ahead = null;
            return waiting;
        }
        Frame? result = Decode();
        if (result is null)
            return null;
        if (result.Index == 0 && options is { NameFromBeginning: true, StartSeconds: > 0 })
            NamesBefore = CountBefore(result.Pts, cancellation);
        result.Name = Name(result.Index);
        return result;
    }

    /// <summary>Whether a name has the form of those that this video's frames get; there need not be as many frames.</summary>
    public bool IsFrameName(string name) => name.StartsWith(stem + "_", StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal)
        && name.Length >= stem.Length + 1 + NumberDigits + Extension.Length && !name.AsSpan()[(stem.Length + 1)..^Extension.Length].ContainsAnyExceptInRange('0', '9');

    /// <summary>The name of a frame by its index among those read.</summary>
    public string Name(long index) => $"{stem}_{(NamesBefore + index + 1).ToString("D" + NumberDigits, CultureInfo.InvariantCulture)}{Extension}";

    private Frame? Decode()
    {
        SafeAvFrameHandle? frame;
        VideoFrameInfo view;
        try
        {
            frame = handle.Next(out view);
        }
        catch (ShimException e)
        {
            throw new InvalidDataException($"'{path}' cannot be decoded after {next} frames: {e.Message}.", e);
        }
        if (frame is null)
            return null;
        Frame result = Deliver(frame, view);
        result.Index = next++;
        return result;
    }

    private static VideoReader? Seek(string path, VideoReaderOptions options, FramePosition from)
    {
        try
        {
            VideoReader reader = new(path, options);
            if (reader.IsAt(from))
                return reader;
            reader.Dispose();
        }
        catch (ShimException)
        {
            // It ends before that time, or cannot be read at all, which is said when it is read from the beginning.
        }
        return null;
    }

    // Whether the first frame is the one to go on at; then it and all others have the numbers that they had.
    private bool IsAt(FramePosition from)
    {
        (next, NamesBefore) = (from.Index, from.NamesBefore);
        ahead = Decode();
        if (ahead is null || ahead.Pts != from.Pts)
            return false;
        ahead.Name = Name(from.Index);
        return true;
    }

    private void PassOver(FramePosition from)
    {
        NamesBefore = from.NamesBefore;
        while (ahead is null || ahead.Index < from.Index)
        {
            ahead?.Dispose();
            ahead = Decode() ?? throw new FramePositionException($"'{path}' ends before the frame to go on at; it is not the file it was");
        }
        if (ahead.Pts != from.Pts)
            throw new FramePositionException($"'{path}' has another frame where to go on than it had; it is not the file it was");
        ahead.Name = Name(from.Index);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ahead?.Dispose();
        ahead = null;
        lastWarnings = Warnings;
        handle.Dispose();
    }

    private static VideoHardware? Hardware(VideoReaderOptions options) => options is not { Device: { } device, Decoding: DeviceDecoding.OnDevice }
        ? null
        : DeviceEncoding.Where(device);

    private Frame Deliver(SafeAvFrameHandle frame, in VideoFrameInfo view)
    {
        if (view.Format == VideoHardware.DeviceFormat)
        {
            DeviceFrame taken = options.Device!.Receive(new DeviceSurface(view.Data[0], view.Stride[0], view.Data[1], view.Stride[1], view.Width, view.Height), frame);
            (taken.Matrix, taken.Range, taken.Pts, taken.Duration) = ((ColorMatrix)view.Matrix, (ColorRange)view.Range, view.Pts, view.Duration);
            return taken;
        }
        DecodedFrame decoded = new(frame, view);
        return options is { Device: { } device, Decoding: DeviceDecoding.Upload } && decoded.Format == PixelFormat.Yuv420P ? device.Upload(decoded) : decoded;
    }

    // Frames that a reader from the beginning delivers before this time.
    private long CountBefore(long pts, CancellationToken cancellation)
    {
        using VideoReader whole = new(path, options with { StartSeconds = null, DurationSeconds = null, From = null, Device = null });
        long count = 0;
        while (whole.Read(cancellation) is { } frame)
        {
            using (frame)
            {
                if (frame.Pts >= pts)
                    break;
                count++;
            }
        }
        return count;
    }

    // Time of the first frame in microseconds; null if there is none that can be decoded.
    internal static long? FirstPicture(string path)
    {
        try
        {
            using VideoReader reader = Open(path);
            using Frame? first = reader.Read();
            Rational tick = reader.Info.TimeBase;
            return first is null ? null : (long)((Int128)first.Pts * tick.Numerator * 1_000_000 / tick.Denominator);
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    private static unsafe VideoSignal ReadSignal(SafeVideoReaderHandle handle)
    {
        ShimNative.fs_video_reader_signal(handle, out byte* bytes, out int size, out int fields);
        return new VideoSignal(new ReadOnlySpan<byte>(bytes, size), (FieldOrder)fields);
    }

    internal static long Microseconds(double? seconds) => seconds is { } s ? (long)Math.Round(Math.Min(s, 1e12) * 1e6) : 0;
}

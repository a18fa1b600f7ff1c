using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>How to write a video. <see cref="For(VideoReader)"/> gives the options that keep what a source has.</summary>
public sealed record VideoWriterOptions
{
    /// <summary>Encoder by its FFmpeg name.</summary>
    public string Codec { get; init; } = "libx264";

    /// <summary>Constant rate factor: 0 is lossless for x264, 15 visually lossless, 23 its own default; null: the encoder's default.</summary>
    public double? Crf { get; init; } = 15;

    /// <summary>The encoder's preset; encoders without presets ignore it.</summary>
    public string? Preset { get; init; } = "medium";

    /// <summary>Pixel format of the encoded video by its FFmpeg name, to which frames of another are converted; null: that of the first frame as far as encoder and container
    /// can keep its depth, sampling and alpha, with a warning that says what they cannot. Grey and BGR frames become 4:2:0 then.</summary>
    public string? PixelFormat { get; init; }

    /// <summary>Threads of the encoder; 0: it chooses.</summary>
    public int Threads { get; init; }

    /// <summary>The device whose memory frames may be in, for an encoder there (<c>h264_nvenc</c>, <c>hevc_nvenc</c>); it must outlive the writer. Null: all are on the host.
    /// Other encoders take the host's samples of a frame.</summary>
    public IFrameDevice? Device { get; init; }

    /// <summary>The unit of <see cref="Frame.Pts"/> and <see cref="Frame.Duration"/>.</summary>
    public required Rational TimeBase { get; init; }

    /// <summary>Average frames a second, for the container and the encoder's rate control; times of frames are kept whatever it says.</summary>
    public Rational FrameRate { get; init; }

    /// <summary>Shape of a sample, width to height; unknown counts as square.</summary>
    public Rational SampleAspect { get; init; }

    /// <summary>Color description to store; null: what the first frame says.</summary>
    public ColorTags? Color { get; init; }

    /// <summary>What the source says of its pictures beside their samples, to be kept as far as encoder and container can; null: nothing.</summary>
    public VideoSignal? Signal { get; init; }

    /// <summary>Entries of the container's metadata, for example <c>title</c>, <c>comment</c> or keys of one's own. They replace entries
    /// copied from the source.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>A file whose sound, subtitles, attachments, chapters and metadata are copied bit-exactly; null: none. Sound and text subtitles that the container
    /// cannot hold are re-coded, and <see cref="VideoWriter.Warnings"/> say so at once.</summary>
    public string? CopyStreamsFrom { get; init; }

    /// <summary>True: the frames are not those of <see cref="CopyStreamsFrom"/> but were made of all its pictures, and begin at time 0. The moment of its first picture,
    /// or the beginning of its sound where it has none, is laid there; without <see cref="StartSeconds"/> and <see cref="DurationSeconds"/> only.</summary>
    public bool CopyFromFirstPicture { get; init; }

    /// <summary>Start of the stretch that the frames come from, in seconds: streams are copied from there, and frames and packets alike
    /// are moved so that this moment becomes 0.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>Length of that stretch in seconds; null: to the end.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>True: copied streams end with the video; false: they go on to the end of the stretch.</summary>
    public bool EndWithVideo { get; init; }

    /// <summary>True: stretches will be left out of the copied streams (<see cref="VideoWriter.LeaveOut"/>); chapters are left out then.</summary>
    public bool Gaps { get; init; }

    /// <summary>True: the index of an mp4 or mov goes to the front of the file, so that playing can begin before all is there.</summary>
    public bool FastStart { get; init; }

    /// <summary>Options that keep the times, frame rate, sample aspect, colors and all other streams of a source, and its stretch.</summary>
    public static VideoWriterOptions For(VideoReader source) => new()
    {
        TimeBase = source.Info.TimeBase,
        FrameRate = source.Info.FrameRate,
        SampleAspect = source.Video.SampleAspect,
        Color = source.Video.Color,
        Signal = source.Video.Signal,
        CopyStreamsFrom = source.Info.Path,
        StartSeconds = source.Options.StartSeconds,
        DurationSeconds = source.Options.DurationSeconds,
    };

    internal ReadOnlySpan<byte> SignalBytes => Signal is null ? default : Signal.Bytes;

    internal VideoWriterData Native()
    {
        ColorTags color = Color ?? ColorTags.Unspecified;
        return new VideoWriterData
        {
            StartMicroseconds = VideoReader.Microseconds(StartSeconds),
            DurationMicroseconds = VideoReader.Microseconds(DurationSeconds),
            Crf = Crf ?? -1,
            Threads = Threads,
            TimeBaseNumerator = TimeBase.Numerator,
            TimeBaseDenominator = TimeBase.Denominator,
            FrameRateNumerator = FrameRate.Numerator,
            FrameRateDenominator = FrameRate.Denominator,
            AspectNumerator = SampleAspect.Numerator,
            AspectDenominator = SampleAspect.Denominator,
            Shortest = EndWithVideo ? 1 : 0,
            FastStart = FastStart ? 1 : 0,
            Color = new VideoColor { Matrix = color.Matrix, Primaries = color.Primaries, Transfer = color.Transfer, Range = color.Range },
            TagColorFromFrame = Color is null ? 1 : 0,
        };
    }
}

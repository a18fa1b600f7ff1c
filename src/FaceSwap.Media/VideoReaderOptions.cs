namespace FaceSwap.Media;

/// <summary>Who decodes a video whose frames go to a device.</summary>
public enum DeviceDecoding
{
    /// <summary>The device; the processor what the device cannot decode, and then the frames stay on the host.</summary>
    OnDevice,

    /// <summary>The processor; frames of YUV420P are uploaded whole.</summary>
    Upload,
}

/// <summary>What part of a video to read, and how.</summary>
public sealed record VideoReaderOptions
{
    /// <summary>Where to begin, in seconds: frames shown from this moment on are delivered, to the frame.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>How much to read, in seconds; null: to the end.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>A frame to go on at, that an earlier reader with the same other options delivered; null: the beginning.</summary>
    public FramePosition? From { get; init; }

    /// <summary>Threads of the decoder; 0: it chooses.</summary>
    public int Threads { get; init; }

    /// <summary>Where frames go: those that get there are <see cref="Core.Frames.DeviceFrame"/>s. It must outlive the reader. Null: to the host.</summary>
    public Core.Frames.IFrameDevice? Device { get; init; }

    /// <summary>Who decodes them then.</summary>
    public DeviceDecoding Decoding { get; init; }

    /// <summary>Name frames as a reader from the video's beginning does (<c>STEM_000251.png</c> for the 251st), so that alignments of the whole
    /// video fit a stretch of it. What lies before the stretch is decoded once more for it, to count what can be decoded.</summary>
    public bool NameFromBeginning { get; init; }

    /// <summary>Name frames after the file with its extension (<c>clip.mov_000001.png</c>), to tell them from those of a video that differs in its extension only.</summary>
    public bool NameWithExtension { get; init; }
}

/// <summary>The place of a frame in a source.</summary>
/// <param name="Index">Frames delivered before it, its <c>Frame.Index</c>.</param>
/// <param name="Pts">Its time as it was delivered.</param>
/// <param name="NamesBefore">What <see cref="VideoReader.NamesBefore"/> was, so that it need not be counted again.</param>
public sealed record FramePosition(long Index, long Pts, long NamesBefore);

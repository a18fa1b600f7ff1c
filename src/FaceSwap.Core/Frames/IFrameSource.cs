namespace FaceSwap.Core.Frames;

/// <summary>What is known of a source of frames before the first is read.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Width">Width of the frames as they are delivered (rotation applied); 0 if they differ.</param>
/// <param name="Height">Height of the frames as they are delivered; 0 if they differ.</param>
/// <param name="FrameRate">Average frames a second; 0/0 for images.</param>
/// <param name="TimeBase">The unit of <see cref="Frame.Pts"/>.</param>
/// <param name="FrameCount">Number of frames, an estimate for video; 0 when unknown.</param>
/// <param name="Duration">Length in seconds; 0 when unknown.</param>
/// <param name="IsVideo">False for a folder of images.</param>
public sealed record FrameSourceInfo(string Path, int Width, int Height, Rational FrameRate, Rational TimeBase, long FrameCount,
    double Duration, bool IsVideo);

/// <summary>Frames in presentation order, from a video or a folder of images.</summary>
public interface IFrameSource : IDisposable
{
    /// <summary>What is known before reading.</summary>
    FrameSourceInfo Info { get; }

    /// <summary>The next frame, owned by the caller, or null at the end.</summary>
    /// <exception cref="IOException">The source cannot be read.</exception>
    /// <exception cref="InvalidDataException">The source is damaged; the message says where.</exception>
    Frame? Read(CancellationToken cancellation = default);

    /// <summary>Sentences about what could not be read so far; reading went on without it.</summary>
    IReadOnlyList<string> Warnings { get; }
}

/// <summary>Takes frames in presentation order. Nothing stands under the final name before <see cref="Complete"/>.</summary>
public interface IFrameSink : IDisposable
{
    /// <summary>Takes a frame and disposes it.</summary>
    void Write(Frame frame);

    /// <summary>Flushes, closes and gives the output its final name. Disposing without it leaves no output.</summary>
    void Complete();

    /// <summary>Sentences about what the output could not take, such as a kind of stream.</summary>
    IReadOnlyList<string> Warnings { get; }
}

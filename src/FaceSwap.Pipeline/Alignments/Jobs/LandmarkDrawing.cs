using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Pipeline.Video;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>What to draw onto, and how to write it.</summary>
public sealed record LandmarkDrawingOptions
{
    /// <summary>The video or folder of images that the alignments are for.</summary>
    public required string Input { get; init; }

    /// <summary>A video file by its extension, with the input's sound and times, or a folder for images named after the frames.</summary>
    public required string Output { get; init; }

    /// <summary>Frames a second of a video made from a folder of images; null: 25.</summary>
    public Rational? FrameRate { get; init; }

    /// <summary>Video encoder by its FFmpeg name.</summary>
    public string Codec { get; init; } = "libx264";

    /// <summary>Constant rate factor of the video encoder.</summary>
    public int Crf { get; init; } = 15;

    /// <summary>Preset of the video encoder.</summary>
    public string Preset { get; init; } = "medium";
}

/// <summary>What drawing did.</summary>
/// <param name="Frames">Frames written.</param>
/// <param name="Faces">Faces drawn.</param>
/// <param name="Unknown">Frames that the alignments do not have; they are written as they are.</param>
/// <param name="Warnings">What could not be read or kept, a sentence each.</param>
public sealed record LandmarkDrawing(long Frames, long Faces, long Unknown, IReadOnlyList<string> Warnings)
{
    /// <summary>Writes an input's frames with the landmarks of its alignments as red dots. Images that are there already are replaced.</summary>
    /// <exception cref="UserErrorException">The input cannot be read, the output not written, or they are the same.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; images written so far stay, a video is not there.</exception>
    public static LandmarkDrawing Run(AlignmentsFile file, LandmarkDrawingOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        if (FilePlace.Same(options.Input, options.Output))
            throw new UserErrorException($"the output '{options.Output}' is the input; choose another, or the frames would be overwritten");
        OutputNames.RequireVideoOrFolder(options.Output);
        using IFrameSource source = FrameSources.Open(options.Input, new VideoReaderOptions { NameWithExtension = AlignmentsOwner.NamesExtension(file, options.Input) },
            new ImageFolderOptions { FrameRate = options.FrameRate ?? FrameRates.OfImages, SkipUnreadable = true });
        VideoWriterOptions video = source is VideoReader reader
            ? VideoWriterOptions.For(reader)
            : new VideoWriterOptions { TimeBase = source.Info.TimeBase, FrameRate = source.Info.FrameRate };
        using OutputLock held = OutputLock.OnFrames(options.Output, "draws into");
        using IFrameSink sink = FrameSinks.Create(options.Output, video with { Codec = options.Codec, Crf = options.Crf, Preset = options.Preset });
        ProgressMeter meter = new(progress, "draw", "frames", source.Info.FrameCount);
        Point2[] points = new Point2[FaceRecord.LandmarkCount];
        long frames = 0, drawn = 0, unknown = 0;
        while (source.Read(cancellation) is { } frame)
        {
            IReadOnlyList<FaceRecord>? faces = file.Find(frame.Name);
            unknown += faces is null ? 1 : 0;
            drawn += faces?.Count ?? 0;
            sink.Write(Draw(frame, faces ?? [], points));
            frames++;
            meter.Report(frames, () => $"{drawn} faces");
        }
        sink.Complete();
        meter.Report(frames, () => $"{drawn} faces", final: true);
        string? loss = drawn > 0 && source is VideoReader { Video.Format: { SuitsDevices: false } format }
            ? $"The frames are {format.Words}; those with landmarks are drawn in 8 bits of B, G and R."
            : null;
        string? rate = options.FrameRate is not null && source.Info.IsVideo
            ? $"'{options.Input}' is a video and keeps its own times; --fps is for folders of images."
            : null;
        return new LandmarkDrawing(frames, drawn, unknown, [.. source.Warnings, .. sink.Warnings, .. new[] { loss, rate }.OfType<string>()]);
    }

    // Takes the frame. One without a face passes as it was decoded.
    private static Frame Draw(Frame frame, IReadOnlyList<FaceRecord> faces, Point2[] points)
    {
        if (faces.Count == 0)
            return frame;
        Frame picture = FrameConversion.ToBgr(frame);
        foreach (FaceRecord face in faces)
        {
            face.CopyLandmarks(points);
            if (face.Rotation % 360 != 0)
                new FrameRotation(picture.Width, picture.Height, face.Rotation).CarryBack(points, points);
            LandmarkDots.Draw(picture, points, Affine.Identity);
        }
        return picture;
    }
}

using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>What drawing did.</summary>
/// <param name="Frames">Frames written.</param>
/// <param name="Faces">Faces drawn.</param>
/// <param name="Unknown">Frames that the alignments do not have; they are written as they are.</param>
public sealed record LandmarkDrawing(long Frames, long Faces, long Unknown)
{
    /// <summary>Writes an input's frames with the landmarks of its alignments as red dots, as images named after the frames. Images that are there already are replaced.</summary>
    /// <exception cref="UserErrorException">The input cannot be read, the output not written, or they are the same folder.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the images written so far stay.</exception>
    public static LandmarkDrawing Run(AlignmentsFile file, string input, string output, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)))
            throw new UserErrorException($"the output folder '{output}' is the input; choose another, or the frames would be overwritten");
        using IFrameSource source = FrameSources.Open(input);
        using ImageFolderWriter writer = ImageFolderWriter.Create(output);
        ProgressMeter meter = new(progress, "draw", "frames", source.Info.FrameCount);
        Point2[] points = new Point2[FaceRecord.LandmarkCount];
        long frames = 0, drawn = 0, unknown = 0;
        while (source.Read(cancellation) is { } frame)
        {
            IReadOnlyList<FaceRecord>? faces = file.Find(frame.Name);
            unknown += faces is null ? 1 : 0;
            using Frame original = frame;
            using Frame? converted = frame.Format == PixelFormat.Bgr24 ? null : FrameConversion.ToBgr(frame);
            Frame picture = converted ?? original;
            picture.Name = frame.Name;
            foreach (FaceRecord face in faces ?? [])
            {
                face.CopyLandmarks(points);
                if (face.Rotation % 360 != 0)
                    new FrameRotation(picture.Width, picture.Height, face.Rotation).CarryBack(points, points);
                LandmarkDots.Draw(picture, points, Affine.Identity);
                drawn++;
            }
            ImageFile.Write(writer.PathOf(frame.Name), picture);
            frames++;
            meter.Report(frames, () => $"{drawn} faces");
        }
        meter.Report(frames, () => $"{drawn} faces", final: true);
        return new LandmarkDrawing(frames, drawn, unknown);
    }
}

using FaceSwap.Compute;
using FaceSwap.Compute.Reference;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Models;
using FaceSwap.Models.Tests;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>What a conversion needs: a clip of golden frames with faces and with sound, and a tiny model.</summary>
internal static class ConvertClip
{
    /// <summary>Writes a video of the two golden frames in turn, with a tone, and returns its path.</summary>
    public static string Write(TempFolder folder, int frames)
    {
        string tone = TestClips.WriteTone(folder["tone.wav"], frames / 25.0);
        string path = folder["clip.mkv"];
        using PooledFrame first = ImageFile.Read(Golden.Path("vision", "frame0.png")), second = ImageFile.Read(Golden.Path("vision", "frame1.png"));
        using VideoWriter writer = VideoWriter.Create(path, new VideoWriterOptions
        {
            TimeBase = new Rational(1, 1000),
            FrameRate = new Rational(25, 1),
            Crf = 10,
            Preset = "ultrafast",
            CopyStreamsFrom = tone,
        });
        for (int i = 0; i < frames; i++)
        {
            PooledFrame source = i % 2 == 0 ? first : second;
            PooledFrame frame = FramePool.Shared.Rent(source.Width, source.Height, PixelFormat.Bgr24);
            for (int y = 0; y < source.Height; y++)
                source.Plane(0).RowSpan(y).CopyTo(frame.Plane(0).RowSpan(y));
            frame.Pts = i * 40;
            frame.Duration = 40;
            writer.Write(frame);
        }
        writer.Complete();
        return path;
    }

    /// <summary>Writes the alignments of such a video beside it: both frames' faces, moved a little from frame to frame.</summary>
    public static void WriteAlignments(string video, int frames)
    {
        using LandmarkModel landmarks = LandmarkModel.Load();
        using FaceFinder finder = new(landmarks);
        using PooledFrame first = ImageFile.Read(Golden.Path("vision", "frame0.png")), second = ImageFile.Read(Golden.Path("vision", "frame1.png"));
        FaceRecord[][] found = [finder.Find(first), finder.Find(second)];
        AlignmentsFile file = new();
        for (int i = 0; i < frames; i++)
        {
            int shake = i * 7 % 5;
            file.Set($"{Path.GetFileNameWithoutExtension(video)}_{i + 1:D6}.png",
                [.. found[i % 2].Select(f => new FaceRecord(f.Rect, [.. f.Landmarks().Select(p => new Point2(p.X + shake, p.Y - shake))]))]);
        }
        file.Save(AlignmentsFile.DefaultPath(video));
    }

    /// <summary>Saves a tiny model trained for 30 iterations and returns its folder.</summary>
    public static string Model(TempFolder folder)
    {
        ModelDefinition model = TinyModel.Definition;
        using ReferenceBackend backend = new(1);
        using FaceSet a = TinyModel.Faces(backend, 2, 1), b = TinyModel.Faces(backend, 2, 2);
        using TrainingSession session = new(backend, model, new TrainingSettings(1, Precision.Fp32, 1e-3f, 1), a, b);
        for (int i = 0; i < 30; i++)
            session.RunIteration();
        using CheckpointFolder checkpoint = CheckpointFolder.Reserve(folder["model"], Interop.DurableFolder.Flush);
        session.Save(checkpoint);
        return folder["model"];
    }
}

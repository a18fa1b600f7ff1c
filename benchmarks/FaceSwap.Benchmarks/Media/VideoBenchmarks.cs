using BenchmarkDotNet.Attributes;
using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Benchmarks.Media;

/// <summary>Decoding and encoding H.264 of 1280×960, a frame, on all cores. The picture is noisy: both take longer than for a film.</summary>
public class VideoBenchmarks
{
    private const int Frames = 12;
    private PooledFrame[] pictures = [];
    private string folder = "";

    private string Clip => Path.Combine(folder, "clip.mp4");

    /// <summary>Encodes a clip.</summary>
    [GlobalSetup]
    public void Open()
    {
        pictures = [.. Enumerable.Range(0, Frames).Select(i =>
        {
            PooledFrame picture = FramePool.Shared.Rent(Scene.Width, Scene.Height, PixelFormat.Yuv420P);
            Scene.Fill(picture, i);
            return picture;
        })];
        folder = Directory.CreateTempSubdirectory("faceswap-suites-").FullName;
        Encode(Clip, "ultrafast");
    }

    /// <summary>Decodes to planes.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public long Decode()
    {
        using VideoReader reader = VideoReader.Open(Clip);
        long frames = 0;
        while (reader.Read() is { } frame)
        {
            frames++;
            frame.Dispose();
        }
        return frames;
    }

    /// <summary>libx264 ultrafast at CRF 15; with a copy of the frames.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public void EncodeUltrafast() => Encode(Path.Combine(folder, "fast.mp4"), "ultrafast");

    /// <summary>libx264 medium at CRF 15, as convert does; with a copy of the frames.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public void EncodeMedium() => Encode(Path.Combine(folder, "medium.mp4"), "medium");

    /// <summary>Decodes and encodes the picture again.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public void Transcode()
    {
        using VideoReader reader = VideoReader.Open(Clip);
        using VideoWriter writer = VideoWriter.Create(Path.Combine(folder, "again.mp4"), VideoWriterOptions.For(reader));
        while (reader.Read() is { } frame)
            writer.Write(frame);
        writer.Complete();
    }

    /// <summary>Deletes the clips.</summary>
    [GlobalCleanup]
    public void Close()
    {
        Directory.Delete(folder, recursive: true);
        foreach (PooledFrame picture in pictures)
            picture.Dispose();
    }

    private void Encode(string path, string preset)
    {
        Rational timeBase = new(1, 25);
        using VideoWriter writer = VideoWriter.Create(path, new VideoWriterOptions { TimeBase = timeBase, FrameRate = new Rational(25, 1), Preset = preset });
        for (int i = 0; i < Frames; i++)
        {
            PooledFrame frame = Scene.Copy(pictures[i]);
            (frame.Pts, frame.Duration, frame.Index) = (i, 1, i);
            writer.Write(frame);
        }
        writer.Complete();
    }
}

using BenchmarkDotNet.Attributes;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>Whole frames of 1280×960 from one color layout to another, beside OpenCV on one thread. The conversion of videos needs neither: it reads and writes planes.</summary>
public class ColorBenchmarks
{
    private Scene? bgr, yuv;
    private OpenCvScene? opencv;

    /// <summary>Prepares all.</summary>
    [GlobalSetup]
    public void Open() => (bgr, yuv, opencv) = (new Scene(PixelFormat.Bgr24), new Scene(), new OpenCvScene());

    /// <summary>OpenCV, BGR to grey.</summary>
    [Benchmark(Baseline = true)]
    public void OpenCvGray() => opencv!.ToGray();

    /// <summary>This project, BGR to grey.</summary>
    [Benchmark]
    public void Gray() => Luma.FromBgr(bgr!.Frame).Dispose();

    /// <summary>OpenCV, YUV 4:2:0 to BGR.</summary>
    [Benchmark]
    public void OpenCvFromYuv() => opencv!.FromYuv();

    /// <summary>This project (swscale), the same; with the copy of the planes that it takes.</summary>
    [Benchmark]
    public void FromYuv() => FrameConversion.ToBgr(Scene.Copy(yuv!.Frame)).Dispose();

    /// <summary>Frees the frames.</summary>
    [GlobalCleanup]
    public void Close()
    {
        bgr?.Dispose();
        yuv?.Dispose();
    }
}

using BenchmarkDotNet.Attributes;
using FaceSwap.Core.Frames;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>Cutting a face out of a frame on one thread, beside OpenCV's warpAffine of the BGR frame.</summary>
public class CropBenchmarks
{
    private readonly float[] face = new float[Scene.Side * Scene.Side * 3];
    private readonly byte[] bytes = new byte[Scene.Side * Scene.Side * 3];
    private Scene? bgr, yuv;
    private OpenCvScene? opencv;

    /// <summary>Prepares all.</summary>
    [GlobalSetup]
    public void Open() => (bgr, yuv, opencv) = (new Scene(PixelFormat.Bgr24), new Scene(), new OpenCvScene());

    /// <summary>OpenCV, bilinear, bytes.</summary>
    [Benchmark(Baseline = true)]
    public void OpenCvBilinear() => opencv!.Warp(bicubic: false);

    /// <summary>OpenCV, bicubic, bytes.</summary>
    [Benchmark]
    public void OpenCvBicubic() => opencv!.Warp(bicubic: true);

    /// <summary>This project, bilinear, from BGR to bytes.</summary>
    [Benchmark]
    public void BgrToBytes() => FaceCrop.ToBytes(bgr!.Frame, bgr.Map, Scene.Side, bytes);

    /// <summary>This project, bilinear, from BGR to the network's numbers.</summary>
    [Benchmark]
    public void BgrToFloats() => FaceCrop.ToFloats(bgr!.Frame, bgr.Map, Scene.Side, face);

    /// <summary>This project, bilinear, from YUV to the network's numbers, colors converted on the way.</summary>
    [Benchmark]
    public void YuvToFloats() => FaceCrop.ToFloats(yuv!.Frame, yuv.Map, Scene.Side, face);

    /// <summary>Frees the frames.</summary>
    [GlobalCleanup]
    public void Close()
    {
        bgr?.Dispose();
        yuv?.Dispose();
    }
}

using BenchmarkDotNet.Attributes;
using FaceSwap.Core;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>Sharpening a face's rectangle, on one thread; OpenCV's GaussianBlur alone is the larger part of what the Gaussian one does.</summary>
public class SharpenBenchmarks
{
    private const double Sigma = 3;
    private readonly byte[] pixels = new byte[Scene.FaceSize * Scene.FaceSize * 3];
    private readonly SharpenFilter filter = new();
    private OpenCvScene? opencv;

    /// <summary>Prepares both.</summary>
    [GlobalSetup]
    public void Open()
    {
        opencv = new OpenCvScene();
        new Random(1).NextBytes(pixels);
    }

    /// <summary>OpenCV's GaussianBlur.</summary>
    [Benchmark(Baseline = true)]
    public void OpenCvGaussianBlur() => opencv!.Gaussian(Scene.FaceSize, Sigma);

    /// <summary>This project, Gaussian.</summary>
    [Benchmark]
    public void Gaussian() => filter.Apply(Sharpening.Gaussian, pixels, Scene.FaceSize, Scene.FaceSize);

    /// <summary>This project, box.</summary>
    [Benchmark]
    public void Box() => filter.Apply(Sharpening.Box, pixels, Scene.FaceSize, Scene.FaceSize);
}

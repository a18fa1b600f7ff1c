using BenchmarkDotNet.Attributes;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>Giving a face of 64 pixels the colors of another, on one thread.</summary>
public class ColorMatchBenchmarks
{
    private readonly byte[] crop = new byte[Scene.Side * Scene.Side * 3], face = new byte[Scene.Side * Scene.Side * 3];
    private readonly float[] cropNumbers = new float[Scene.Side * Scene.Side * 3], faceNumbers = new float[Scene.Side * Scene.Side * 3];
    private readonly bool[] mask = new bool[Scene.Side * Scene.Side];
    private readonly HistogramMatch histogram = new();
    private readonly MomentTransfer moments = new(Scene.Side);

    /// <summary>Random pictures.</summary>
    [GlobalSetup]
    public void Open()
    {
        Random random = new(1);
        random.NextBytes(crop);
        random.NextBytes(face);
        for (int i = 0; i < crop.Length; i++)
            (cropNumbers[i], faceNumbers[i]) = (crop[i] / 255f, face[i] / 255f);
        mask.AsSpan().Fill(true);
    }

    /// <summary>The channels' histograms.</summary>
    [Benchmark(Baseline = true)]
    public void Histogram() => histogram.Apply(crop, face);

    /// <summary>Reinhard's transfer in L*a*b*.</summary>
    [Benchmark]
    public void Reinhard() => moments.Reinhard(cropNumbers, faceNumbers, mask);

    /// <summary>The channels' means.</summary>
    [Benchmark]
    public void Average() => MomentTransfer.Average(cropNumbers, faceNumbers, mask);
}

using System.Text.Json;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Models;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Tests.Networks;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Cuda.Tests;

/// <summary>The networks that find and describe faces on the CUDA backend over the stand-in libraries.</summary>
public class FaceNetworkTests : CudaTest
{
    private const int Side = EmbeddingWeights.Side;

    [SkippableFact]
    public void Detectors_agree_with_dlib()
    {
        string golden = SharedFolder.Require("golden", "detect", "detect.json"), models = SharedFolder.Require("models");
        List<CheckResult> checks = [.. DetectGolden.Check(golden, static () => Open(), models)];
        Assert.Contains(checks, c => c.Name.StartsWith("detect cnn", StringComparison.Ordinal) && !c.Skipped);
        Assert.All(checks.Where(c => !c.Skipped), c => Assert.True(c.Passed, c.ToString()));
    }

    // Frames of four sizes, one more than plans are kept, so that plans come and go under the workers.
    [SkippableFact]
    public void Workers_that_share_the_device_find_what_one_on_the_processor_finds()
    {
        MmodWeights weights = MmodWeights.Load(SharedFolder.Require("models", MmodWeights.FileName + ".bz2"));
        PooledFrame[] frames = [.. new[] { (176, 168), (40, 44), (168, 176), (44, 40) }.Select(static size => Crop(size.Item1, size.Item2))];
        try
        {
            int opened = 0;
            using FaceDevice device = new(() =>
            {
                opened++;
                return Open();
            });
            MmodDetection[][] expected = Detect(new CpuBackend(threads: 1), weights, frames);
            Assert.Contains(expected, e => e.Length == 1);
            Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, worker =>
            {
                using CnnFaceDetector detector = device.CreateDetector(weights);
                for (int i = 0; i < 4; i++)
                {
                    int n = (i + worker) % frames.Length;
                    FaceDetection[] found = detector.Detect(frames[n]);
                    Assert.Equal(expected[n].Length, found.Length);
                    for (int f = 0; f < found.Length; f++)
                        Assert.Equal(expected[n][f].Confidence, found[f].Confidence, 1e-4);
                }
            });
            Assert.Equal(1, opened);
            device.Release();
            using CnnFaceDetector again = device.CreateDetector(weights);
            Assert.Equal(expected[0].Length, again.Detect(frames[0]).Length);
            Assert.Equal(2, opened);
        }
        finally
        {
            Array.ForEach(frames, f => f.Dispose());
        }
    }

    [SkippableFact]
    public void A_description_is_the_processors()
    {
        using TempFolder folder = new("embedding");
        EmbeddingWeights weights = EmbeddingWeights.Load(ReferenceNetworks.RandomRecognition(folder));
        byte[] chip = new byte[Side * Side * 3];
        for (int i = 0; i < chip.Length; i++)
            chip[i] = (byte)(128 + (90 * Math.Sin(i * 0.0131)) + (30 * Math.Cos(i * 0.37)));
        float[] expected = Embed(new CpuBackend(threads: 1), weights, chip), actual = Embed(Open(), weights, chip);
        // 29 convolutions of sums in another order: single precision leaves five digits of the largest.
        float bound = expected.Max(Math.Abs) * 2e-5f;
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= bound, $"[{i}]: {actual[i]}, the processor {expected[i]}, bound {bound}");
    }

    private static float[] Embed(IBackend backend, EmbeddingWeights weights, byte[] chip)
    {
        using IBackend owned = backend;
        Assert.True(EmbeddingNetwork.Runs(backend));
        using EmbeddingNetwork network = new(backend, weights);
        var numbers = new float[EmbeddingWeights.Length];
        network.Run(chip, numbers);
        return numbers;
    }

    private static MmodDetection[][] Detect(CpuBackend backend, MmodWeights weights, PooledFrame[] frames)
    {
        using CpuBackend owned = backend;
        using MmodNetwork network = new(backend, weights);
        return [.. frames.Select(f => network.Detect(f))];
    }

    // The golden frame's face, in a picture of the given size.
    private static PooledFrame Crop(int width, int height)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(TestKit.Golden.Path("vision", "vision.json")));
        JsonElement frame = golden.RootElement.GetProperty("frames")[0];
        (double X, double Y)[] points = [.. frame.GetProperty("landmarks").EnumerateArray().Select(static p => (p[0].GetDouble(), p[1].GetDouble()))];
        using PooledFrame whole = ImageFile.Read(TestKit.Golden.Path("vision", frame.GetProperty("file").GetString()!));
        int left = Math.Clamp((int)points.Average(static p => p.X) - (width / 2), 0, whole.Width - width);
        int top = Math.Clamp((int)points.Average(static p => p.Y) - (height / 2), 0, whole.Height - height);
        PooledFrame crop = FramePool.Shared.Rent(width, height, PixelFormat.Bgr24);
        for (int y = 0; y < height; y++)
            whole.Plane(0).RowSpan(top + y).Slice(3 * left, 3 * width).CopyTo(crop.Plane(0).RowSpan(y));
        return crop;
    }
}

using FaceSwap.Compute.Cpu;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Models;
using FaceSwap.Pipeline.Faces;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests.Networks;

/// <summary>dlib's max-margin detector: its golden values, its pyramid, its file.</summary>
public class CnnDetectorTests
{
    [SkippableFact]
    public void Detectors_agree_with_dlib()
    {
        string golden = SharedFolder.Require("golden", "detect", "detect.json"), models = SharedFolder.Require("models");
        List<CheckResult> checks = [.. DetectGolden.Check(golden, static () => new CpuBackend(threads: 2), models)];
        Assert.Contains(checks, c => c.Name.StartsWith("detect cnn", StringComparison.Ordinal) && !c.Skipped);
        Assert.All(checks.Where(c => !c.Skipped), c => Assert.True(c.Passed, c.ToString()));
    }

    [SkippableFact]
    public void Frames_of_any_size_and_format_are_taken()
    {
        MmodWeights weights = MmodWeights.Load(SharedFolder.Require("models", MmodWeights.FileName + ".bz2"));
        using CpuBackend backend = new(threads: 1);
        using MmodNetwork network = new(backend, weights);
        foreach ((int width, int height) in new[] { (1, 1), (2, 300), (7, 5), (33, 29), (300, 8), (127, 131) })
        {
            foreach (PixelFormat format in Enum.GetValues<PixelFormat>())
            {
                using PooledFrame frame = FramePool.Shared.Rent(width, height, format);
                for (int plane = 0; plane < frame.PlaneCount; plane++)
                {
                    for (int y = 0; y < frame.Plane(plane).Height; y++)
                        frame.Plane(plane).RowSpan(y).Fill(128);
                }
                Assert.Empty(network.Detect(frame));
            }
        }
    }

    [Theory]
    [InlineData(500, 375)]
    [InlineData(375, 500)]
    [InlineData(1920, 1080)]
    [InlineData(64, 9)]
    public void Levels_lie_apart_inside_the_whole_and_lead_back_to_the_frame(int width, int height)
    {
        var tiles = new PyramidTiles(width, height, between: 10, around: 11);
        Assert.Equal(new RectI(11, 11, width, height), tiles.Levels[0]);
        for (int i = 0; i < tiles.Levels.Count; i++)
        {
            RectI level = tiles.Levels[i];
            Assert.Equal(level, level.Intersect(new RectI(0, 0, tiles.Width, tiles.Height)));
            for (int j = 0; j < i; j++)
                Assert.True(level.Intersect(tiles.Levels[j]).IsEmpty);
            // The level's center is the frame's, to the pixels that each level's rounding takes.
            (int left, int top, int right, int bottom) = tiles.ToImage(level.X + (level.Width / 2.0), level.Y + (level.Height / 2.0), 1, 1);
            double slack = 3 * Math.Pow(1.2, i);
            Assert.InRange((left + right) / 2.0, (width / 2.0) - slack, (width / 2.0) + slack);
            Assert.InRange((top + bottom) / 2.0, (height / 2.0) - slack, (height / 2.0) + slack);
        }
    }

    [SkippableFact]
    public void A_missing_file_is_one_sentence()
    {
        using TempFolder empty = new("models");
        Skip.If(Weights.WeightStore.Find(Weights.WeightCatalog.Detector, empty.Path) is not null, "the user's data folder has the detector");
        UserErrorException error = Assert.Throws<UserErrorException>(() => new FaceDetectors("cnn", empty.Path));
        foreach (string word in new[] { MmodWeights.FileName, empty.Path, "faceswap models get detector", "--models-dir" })
            Assert.Contains(word, error.Message);
        Assert.Throws<UserErrorException>(() => new FaceDetectors("nonsense"));
    }

    [SkippableFact]
    public void Damaged_files_never_crash()
    {
        byte[] whole = Bzip2.Decompress(File.ReadAllBytes(SharedFolder.Require("models", MmodWeights.FileName + ".bz2")), 1 << 24);
        Random random = new(3);
        for (int i = 0; i < 400; i++)
        {
            byte[] damaged = i % 4 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int n = 0; n < 3 && damaged.Length > 0; n++)
                damaged[random.Next(i % 2 == 0 ? Math.Min(150, damaged.Length) : damaged.Length)] = (byte)random.Next(256);
            try
            {
                MmodWeights.Parse(damaged);
            }
            catch (InvalidDataException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }
}

using System.Text.Json;
using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Models;
using FaceSwap.Pipeline.Faces;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests.Networks;

/// <summary>The recognition network and its chips against dlib's, with random weights in the real file format.</summary>
public class EmbeddingTests
{
    private const int Side = EmbeddingWeights.Side;

    [SkippableFact]
    public void The_network_gives_dlibs_numbers()
    {
        using TempFolder folder = new("embedding");
        string weights = ReferenceNetworks.RandomRecognition(folder), file = folder["chip.rgb"];
        byte[] chip = Noise();
        File.WriteAllBytes(file, chip);
        float[] expected = ReferenceNetworks.Embed(weights, file);
        Assert.Equal(EmbeddingWeights.Length, expected.Length);
        // 29 convolutions of sums in another order: single precision leaves five digits of the largest.
        float bound = expected.Max(Math.Abs) * 2e-5f;
        Assert.True(expected.Max() - expected.Min() > 100 * bound, "random weights give different numbers");
        foreach (IBackend backend in new IBackend[] { new CpuBackend(threads: 2), new ReferenceBackend(threads: 2) })
        {
            using IBackend owned = backend;
            using EmbeddingNetwork network = new(backend, EmbeddingWeights.Load(weights), batch: 2);
            var two = new float[2 * EmbeddingWeights.Length];
            network.Run([.. chip, .. chip], two);
            for (int i = 0; i < two.Length; i++)
                Assert.True(Math.Abs(two[i] - expected[i % expected.Length]) <= bound, $"{backend.Info.Name} [{i}]: {two[i]}, dlib {expected[i % expected.Length]}");
        }
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_chip_is_dlibs(int scale)
    {
        using TempFolder folder = new("chip");
        using PooledFrame frame = Photograph(scale, out Point2[] landmarks);
        string image = folder["image.rgb"], points = folder["points.txt"], result = folder["chip.rgb"];
        File.WriteAllBytes(image, Rgb(frame));
        File.WriteAllText(points, string.Join('\n', landmarks.Select(p => FormattableString.Invariant($"{p.X:0} {p.Y:0}"))));
        ReferenceNetworks.Run("chip", image, $"{frame.Width}", $"{frame.Height}", points, result);
        byte[] expected = File.ReadAllBytes(result), actual = new byte[Side * Side * 3];
        FaceChip.Extract(frame, landmarks, Side, FaceChip.RecognitionPadding, actual);
        int off = 0;
        for (int i = 0; i < actual.Length; i++)
            off += Math.Abs(actual[i] - expected[i]) > 1 ? 1 : 0;
        Assert.True(off <= actual.Length / 1000, $"{off} of {actual.Length} samples differ by more than 1");
    }

    [SkippableFact]
    public void Damaged_weights_are_one_sentence()
    {
        using TempFolder folder = new("embedding");
        byte[] whole = File.ReadAllBytes(ReferenceNetworks.RandomRecognition(folder));
        Random random = new(5);
        for (int i = 0; i < 60; i++)
        {
            byte[] damaged = i % 3 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            // Half of the damage where the structure is dense: the file's head.
            for (int n = 0; n < 4 && damaged.Length > 0; n++)
                damaged[random.Next(i % 2 == 0 ? Math.Min(600, damaged.Length) : damaged.Length)] = (byte)random.Next(256);
            try
            {
                EmbeddingWeights.Parse(damaged);
            }
            catch (InvalidDataException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
        string file = folder["cut.dat"];
        File.WriteAllBytes(file, whole[..^5000]);
        UserErrorException error = Assert.Throws<UserErrorException>(() => EmbeddingWeights.Load(file));
        Assert.Contains("damaged", error.Message);
    }

    [SkippableFact]
    public void One_persons_frames_are_near_and_a_missing_file_is_one_sentence()
    {
        using TempFolder empty = new("models");
        using PooledFrame first = Frame(0, out Point2[] here), second = Frame(1, out Point2[] there);
        if (Weights.WeightStore.Find(Weights.WeightCatalog.Recognition, empty.Path) is null)
        {
            UserErrorException error = Assert.Throws<UserErrorException>(() => FaceEmbedder.Open(empty.Path));
            Assert.Contains("faceswap models get recognition", error.Message);
            Skip.If(true, "the weights are not on this machine: faceswap models get recognition");
        }
        using FaceEmbedder embedder = FaceEmbedder.Open();
        Assert.InRange(FaceEmbedder.Distance(embedder.Embed(first, here), embedder.Embed(second, there)), 0.001, FaceEmbedder.SamePerson);
    }

    [SkippableFact]
    public void Different_people_of_one_photograph_are_mostly_far_apart()
    {
        string file = SharedFolder.Require("golden", "detect", "detect.json");
        Skip.If(Weights.WeightStore.Find(Weights.WeightCatalog.Recognition, null) is null, "the weights are not on this machine: faceswap models get recognition");
        using FaceEmbedder embedder = FaceEmbedder.Open();
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(file));
        int pairs = 0, apart = 0;
        foreach (JsonElement image in golden.RootElement.GetProperty("images").EnumerateArray())
        {
            using PooledFrame photograph = ImageFile.Read(Path.Combine(Path.GetDirectoryName(file)!, image.GetProperty("file").GetString()!));
            List<float[]> faces = [];
            foreach (JsonElement face in image.GetProperty("hog").EnumerateArray())
            {
                Point2[] landmarks = [.. face.GetProperty("landmarks").EnumerateArray().Select(p => new Point2(p[0].GetInt32(), p[1].GetInt32()))];
                float[] description = embedder.Embed(photograph, landmarks);
                foreach (float[] other in faces)
                {
                    pairs++;
                    apart += FaceEmbedder.Distance(description, other) > FaceEmbedder.SamePerson ? 1 : 0;
                }
                faces.Add(description);
            }
        }
        // Of 2, 3, 3 and 2 faces. A woman and a child of the first photograph are 0.485 apart: the network itself takes them for one.
        Assert.Equal((8, 7), (pairs, apart));
    }

    private static byte[] Noise()
    {
        byte[] chip = new byte[Side * Side * 3];
        for (int i = 0; i < chip.Length; i++)
            chip[i] = (byte)(128 + (90 * Math.Sin(i * 0.0131)) + (30 * Math.Cos(i * 0.37)));
        return chip;
    }

    private static PooledFrame Photograph(int scale, out Point2[] landmarks)
    {
        using PooledFrame small = Frame(0, out Point2[] points);
        PooledFrame large = FramePool.Shared.Rent(small.Width * scale, small.Height * scale, PixelFormat.Bgr24);
        for (int y = 0; y < large.Height; y++)
        {
            for (int x = 0; x < large.Width; x++)
                small.Plane(0).RowSpan(y / scale).Slice(x / scale * 3, 3).CopyTo(large.Plane(0).RowSpan(y)[(3 * x)..]);
        }
        landmarks = [.. points.Select(p => new Point2(p.X * scale, p.Y * scale))];
        return large;
    }

    private static PooledFrame Frame(int number, out Point2[] landmarks)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Golden.Path("vision", "vision.json")));
        JsonElement frame = golden.RootElement.GetProperty("frames")[number];
        landmarks = [.. frame.GetProperty("landmarks").EnumerateArray().Select(p => new Point2(p[0].GetDouble(), p[1].GetDouble()))];
        return ImageFile.Read(Golden.Path("vision", frame.GetProperty("file").GetString()!));
    }

    private static byte[] Rgb(PooledFrame frame)
    {
        List<byte> rgb = [];
        for (int y = 0; y < frame.Height; y++)
        {
            Span<byte> row = frame.Plane(0).RowSpan(y);
            for (int x = 0; x < row.Length; x += 3)
                rgb.AddRange([row[x + 2], row[x + 1], row[x]]);
        }
        return [.. rgb];
    }
}

using FaceSwap.Core;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Weights;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>The classic identity filter: its rule on distances, and what it does to an extraction.</summary>
[Collection("engine")]
public sealed class IdentityRuleTests
{
    [Theory]
    // The mean against the threshold, which itself is still accepted.
    [InlineData(true, new[] { 0.5, 0.7 }, new double[0], 0.6)]
    [InlineData(false, new[] { 0.5, 0.75 }, new double[0], 0.6)]
    [InlineData(true, new[] { 0.5, 0.75 }, new double[0], 0.7)]
    // The nearest of each.
    [InlineData(false, new[] { 0.5 }, new[] { 0.4, 0.9 }, 0.6)]
    [InlineData(true, new[] { 0.4 }, new[] { 0.4, 0.9 }, 0.6)]
    // The means: the nearest is wanted, but the unwanted are nearer on average.
    [InlineData(false, new[] { 0.3, 0.8 }, new[] { 0.5 }, 0.6)]
    // K = min(5, min(4, 4) + 1) = 5: two wanted of five are too few, three are enough. Means are 0.5 and 0.505, then 0.475 and 0.505.
    [InlineData(false, new[] { 0.2, 0.3, 0.7, 0.8 }, new[] { 0.4, 0.41, 0.42, 0.79 }, 0.6)]
    [InlineData(true, new[] { 0.2, 0.3, 0.6, 0.8 }, new[] { 0.4, 0.41, 0.61, 0.79 }, 0.6)]
    // K = 2 for one reference each: one of two is half, which is enough.
    [InlineData(true, new[] { 0.5 }, new[] { 0.55 }, 0.6)]
    // K = 3: of equal distances the wanted come first.
    [InlineData(true, new[] { 0.4, 0.4 }, new[] { 0.4, 0.4 }, 0.6)]
    public void Faces_are_judged_as_by_the_classic_rule(bool accepted, double[] wanted, double[] unwanted, double threshold)
    {
        IdentityVerdict verdict = IdentityRule.Judge(wanted, unwanted, threshold);
        Assert.Equal(accepted, verdict.Accepted);
        Assert.Equal(accepted, verdict.Reason.Length == 0);
        Assert.Equal(wanted.Average(), verdict.Distance);
    }

    [Fact]
    public void Distances_are_Euclidean_and_a_face_without_description_is_refused()
    {
        float[] zero = new float[FaceEmbedder.Length], three = [.. zero], four = [.. zero];
        (three[5], four[90]) = (0.3f, 0.4f);
        IdentityRule rule = new([three, zero], [], 0.46);
        // sqrt(0.3² + 0.4²) = 0.5 and 0.4.
        Assert.Equal(0.45, rule.Judge(four).Distance, 6);
        Assert.True(rule.Judge(four).Accepted);
        Assert.False(rule.Judge(null).Accepted);
    }

    [Fact]
    public void Unwanted_references_alone_and_pictures_without_a_face_are_one_sentence()
    {
        using ExtractRig rig = new();
        string picture = Golden.Path("vision", "frame0.png");
        Assert.Contains("--filter", Assert.Throws<UserErrorException>(() => Extraction.Run(rig.Options() with { NegativeFilter = [picture] })).Message);
        ExtractOptions missing = rig.Options() with { Filter = [picture], ModelsDirectory = rig["nowhere"] };
        if (WeightStore.Find(WeightCatalog.Recognition, null) is null && WeightStore.Find(WeightCatalog.DlibRecognition, null) is null)
            Assert.Contains("models get recognition", Assert.Throws<UserErrorException>(() => Extraction.Run(missing)).Message);
        Assert.False(Directory.Exists(missing.OutputDirectory));
    }

    [Fact]
    public void Faces_of_others_are_refused_listed_and_nowhere_else()
    {
        using LeakCheck leaks = new();
        using ExtractRig rig = new();
        using (Core.Frames.PooledFrame first = ExtractRig.GoldenFrame(0), second = ExtractRig.GoldenFrame(1))
            rig.AddSideBySide("two.png", second, first);
        string models = RecognitionWeights.Write(rig["models"]);
        Extraction plain = rig.Plain();
        // Random weights tell pictures apart, not people: the same face in the same pixels is at about 0, any other further.
        ExtractOptions options = rig.Options() with { Filter = [Golden.Path("vision", "frame0.png")], ModelsDirectory = models, ReferenceThreshold = 1e9 };
        Extraction all = Extraction.Run(options);
        Assert.Equal((0, plain.Text), (all.Summary.Refused, all.Text));
        Assert.Equal(plain.Files.Keys.Append(RefusedFaces.FileName).Order(StringComparer.Ordinal), all.Files.Keys);

        Extraction some = Extraction.Run(options with { OutputDirectory = rig["some"], NegativeFilter = [Golden.Path("vision", "frame1.png")] });
        Assert.Equal(2, some.Summary.Refused);
        Assert.Equal(["frame0_0.png", RefusedFaces.FileName, "two_0.png"], some.Files.Keys);
        Assert.Equal(plain.Files["frame0_0.png"], some.Files["frame0_0.png"]);
        Assert.Empty(some.Alignments.Find("frame1.png")!);
        string[] list = System.Text.Encoding.UTF8.GetString(some.Files[RefusedFaces.FileName]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["frame1.png", "two.png"], list.Select(line => line.Split('\t')[0]));

        UserErrorException none = Assert.Throws<UserErrorException>(() => Extraction.Run(options with { OutputDirectory = rig["none"], ReferenceThreshold = 0, Filter = [Golden.Path("vision", "frame1_extract.png")] }));
        Assert.Contains("refused", none.Message);
    }
}

using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Extract;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

[Collection("engine")]
public sealed class ExtractWorkflowTests
{
    private static string Frames(TempFolder folder)
    {
        string input = folder.Folder("frames");
        File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, "frame0.png"));
        File.Copy(Golden.Path("vision", "frame1.png"), Path.Combine(input, "frame1.png"));
        using PooledFrame blank = FramePool.Shared.Rent(200, 200, PixelFormat.Bgr24);
        for (int y = 0; y < 200; y++)
            blank.Plane(0).RowSpan(y).Fill(90);
        ImageFile.Write(Path.Combine(input, "blank.png"), blank);
        return input;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Crops_and_alignments_are_those_of_the_golden_frames(int processes)
    {
        using LeakCheck leaks = new();
        using TempFolder folder = new();
        string input = Frames(folder), output = folder["faces"];
        ExtractSummary summary = new ExtractWorkflow(new ExtractOptions { Input = input, OutputDirectory = output, Processes = processes }).Run();
        Assert.Equal((3, 2, 1), (summary.Frames, summary.Faces, summary.FramesWithoutFace));
        Assert.Equal(["frame0_0.png", "frame1_0.png"], Directory.GetFiles(output).Select(Path.GetFileName).Order());
        AlignmentsFile alignments = AlignmentsFile.Load(Path.Combine(input, "alignments.json"));
        Assert.Equal(["blank.png", "frame0.png", "frame1.png"], alignments.FrameNames);
        Assert.Equal((158, 123), (alignments.Find("frame0.png")![0].Rect.X, alignments.Find("frame0.png")![0].Rect.Y));
        foreach (string frame in new[] { "frame0", "frame1" })
        {
            using PooledFrame crop = ImageFile.Read(Path.Combine(output, frame + "_0.png"));
            using PooledFrame golden = ImageFile.Read(Golden.Path("vision", frame + "_extract.png"));
            long difference = 0;
            for (int y = 0; y < 256; y++)
            {
                Span<byte> a = crop.Plane(0).RowSpan(y), b = golden.Plane(0).RowSpan(y);
                for (int x = 0; x < a.Length; x++)
                    difference += Math.Abs(a[x] - b[x]);
            }
            Assert.InRange(difference / (256.0 * 256 * 3), 0, 0.25);
        }
    }

    [Fact]
    public void Existing_entries_stay_when_asked()
    {
        using TempFolder folder = new();
        string input = Frames(folder);
        AlignmentsFile before = new();
        before.Set("frame0.png", []);
        before.Save(Path.Combine(input, "alignments.json"));
        ExtractSummary summary = new ExtractWorkflow(new ExtractOptions { Input = input, OutputDirectory = folder["faces"], SkipExisting = true }).Run();
        Assert.Equal((2, 1), (summary.Frames, summary.Faces));
        AlignmentsFile after = AlignmentsFile.Load(Path.Combine(input, "alignments.json"));
        Assert.Empty(after.Find("frame0.png")!);
        Assert.Single(after.Find("frame1.png")!);
    }

    [Fact]
    public void No_face_at_all_is_one_sentence_and_leaves_no_alignments()
    {
        using TempFolder folder = new();
        string input = Frames(folder);
        File.Delete(Path.Combine(input, "frame0.png"));
        File.Delete(Path.Combine(input, "frame1.png"));
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => new ExtractWorkflow(new ExtractOptions { Input = input, OutputDirectory = folder["faces"] }).Run());
        Assert.Contains("no face was found", error.Message);
        Assert.False(File.Exists(Path.Combine(input, "alignments.json")));
    }
}

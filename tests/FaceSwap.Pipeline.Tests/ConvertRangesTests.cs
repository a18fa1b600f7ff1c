using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Tests;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Converting some frames and some faces: what is chosen changes, what is not stays or goes, and sound stays in step.</summary>
[Collection("engine")]
public sealed class ConvertRangesTests : ConvertTest
{
    [Theory]
    [InlineData("10-50", 10, 50, 9, 51)]
    [InlineData("90-max", 90, 1_000_000, 89, 0)]
    [InlineData("MIN-20", 0, 20, 21, 99)]
    [InlineData("7", 7, 7, 6, 8)]
    [InlineData("2-3,5-6 8", 5, 8, 4, 7)]
    public void Ranges_hold_both_their_ends(string text, long inside, long alsoInside, long outside, long alsoOutside)
    {
        FrameRanges ranges = FrameRanges.Parse([text]);
        Assert.True(ranges.Contains(inside) && ranges.Contains(alsoInside));
        Assert.True(!ranges.Contains(outside) && (alsoOutside == 0 || !ranges.Contains(alsoOutside)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("50-10")]
    [InlineData("1-2-3")]
    [InlineData("-5")]
    [InlineData("ten")]
    [InlineData("max-5")]
    [InlineData("1.5-3")]
    [InlineData("99999999999999999999-max")]
    public void What_is_no_range_is_refused_in_one_sentence(string text) =>
        Assert.Contains("is no range of frames", Assert.Throws<UserErrorException>(() => FrameRanges.Parse([text])).Message);

    [Theory]
    [InlineData("clip_000251.png", 4, 251)]
    [InlineData("7.jpg", 4, 7)]
    [InlineData("take2_frame13b.png", 4, 13)]
    [InlineData("face.png", 4, 5)]
    public void A_frame_has_the_number_in_its_name(string name, long index, long number)
    {
        using PooledFrame frame = FramePool.Shared.Rent(8, 8, PixelFormat.Gray8);
        (frame.Name, frame.Index) = (name, index);
        Assert.Equal(number, FrameRanges.Number(frame));
    }

    [Fact]
    public void Frames_outside_the_ranges_stay_or_go_and_those_inside_change()
    {
        string input = folder.Folder("in"), model = ConvertClip.Model(folder);
        for (int i = 1; i <= 4; i++)
            File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, $"{i:D4}.png"));
        ConvertOptions options = new() { Input = input, Output = folder["out"], ModelDirectory = model, Ranges = FrameRanges.Parse(["2", "4-max"]) };
        ConvertSummary summary = Run(options);
        Assert.Equal((4, 2, 2, 0, 0), (summary.Frames, summary.FacesConverted, summary.FramesUnselected, summary.FramesDiscarded, summary.FramesWithoutFace));
        for (int i = 1; i <= 4; i++)
        {
            using PooledFrame before = ImageFile.Read(Path.Combine(input, $"{i:D4}.png")), after = ImageFile.Read(folder["out", $"{i:D4}.png"]);
            double difference = TestClips.Difference(before.Plane(0), after.Plane(0));
            Assert.True(i % 2 == 0 ? difference > 0.1 : difference == 0, $"frame {i}: {difference}");
        }
        summary = Run(options with { Output = folder["kept"], DiscardFrames = true });
        Assert.Equal((2, 2, 0, 2), (summary.Frames, summary.FacesConverted, summary.FramesUnselected, summary.FramesDiscarded));
        Assert.Equal(["0002.png", "0004.png"], Directory.GetFiles(folder["kept"], "*.png").Select(f => Path.GetFileName(f)).Order());
    }

    [Fact]
    public void Discarding_moves_the_rest_up_with_only_its_own_sound_in_step()
    {
        using LeakCheck leaks = new();
        string input = ConvertClip.Write(folder, 75), output = folder["out.mkv"];
        ConvertSummary summary = Run(new ConvertOptions
        {
            Input = input,
            Output = output,
            ModelDirectory = ConvertClip.Model(folder),
            Ranges = FrameRanges.Parse(["11-30", "46-60"]),
            DiscardFrames = true,
            Preset = "ultrafast",
        });
        Assert.Equal((35, 35), (summary.Frames, summary.FacesConverted));
        Assert.InRange(summary.FramesDiscarded, 26, 40); // nothing after the last range is decoded to its end
        List<double> times = [];
        using (VideoReader reader = VideoReader.Open(output))
        {
            while (reader.Read() is { } frame)
            {
                times.Add(frame.Pts * reader.Info.TimeBase.Value);
                frame.Dispose();
            }
        }
        // FFmpeg 7 moves all streams on where a packet of sound begins before the first frame, by less than the packet.
        double first = times[0];
        Assert.InRange(first, 0, 0.25);
        Assert.Equal(Enumerable.Range(0, 35).Select(i => Math.Round(i * 0.04, 3)), times.Select(t => Math.Round(t - first, 3)));
        // Kept: 0.4..1.2 s and 1.8..2.4 s. What is in the middle of a packet decides.
        (double Time, string Hash)[] expected = [.. Sound(input).Where(p => p.Middle is (>= 0.4 and < 1.2) or (>= 1.8 and < 2.4))
            .Select(p => (p.Time - (p.Middle < 1.5 ? 0.4 : 1.0), p.Hash))];
        (double Time, double Middle, string Hash)[] actual = Sound(output);
        Assert.InRange(expected.Length, 4, 200); // of a quarter of a second each
        Assert.Equal(expected.Select(p => p.Hash), actual.Select(p => p.Hash));
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(Math.Max(expected[i].Time, 0), Math.Max(actual[i].Time - first, 0), 0.0021); // Matroska's clock ticks in milliseconds
    }

    private static (double Time, double Middle, string Hash)[] Sound(string path)
    {
        using MediaProbe probe = MediaProbe.Open(path);
        return [.. probe.Packets().Where(p => probe.Streams[p.Stream].Kind == MediaStreamKind.Audio).Select(p =>
        {
            double tick = probe.Streams[p.Stream].TimeBase.Value;
            return (p.Pts!.Value * tick, (p.Pts.Value + (p.Duration / 2)) * tick, p.Sha256);
        })];
    }

    [Fact]
    public void Numbers_are_those_of_the_whole_video_in_a_stretch_too()
    {
        string input = ConvertClip.Write(folder, 25);
        ConvertOptions options = new()
        {
            Input = input,
            Output = folder["out.mp4"],
            ModelDirectory = ConvertClip.Model(folder),
            StartSeconds = 0.4,
            Ranges = FrameRanges.Parse(["1-13"]),
            Preset = "ultrafast",
        };
        ConvertSummary summary = Run(options);
        Assert.Equal((15, 3, 12), (summary.Frames, summary.FacesConverted, summary.FramesUnselected));
        Assert.Contains("ranges", Assert.Throws<UserErrorException>(() => Run(options with { Output = folder["none.mp4"], Ranges = FrameRanges.Parse(["1-9"]) })).Message);
        Assert.Contains("--frame-ranges", Assert.Throws<UserErrorException>(() => Run(options with { Output = folder["none.mp4"], Ranges = null, DiscardFrames = true })).Message);
        Assert.False(File.Exists(folder["none.mp4"]));
    }

    [Theory]
    [InlineData("0001_1.png", "0002_0.jpg")]
    [InlineData("00011.png", "00020.jpg")]
    public void Faces_deleted_from_the_aligned_folder_stay_as_they_are(params string[] left)
    {
        string input = folder.Folder("in"), model = ConvertClip.Model(folder), aligned = folder.Folder("aligned");
        AlignmentsFile alignments = new();
        for (int i = 1; i <= 3; i++)
        {
            File.Copy(Golden.Path("vision", "frame0.png"), Path.Combine(input, $"{i:D4}.png"));
            Point2[] face = [.. Enumerable.Range(0, 68).Select(p => new Point2(190 + (40 * Math.Cos(p)), 180 + (40 * Math.Sin(p * 1.7))))];
            alignments.Set($"{i:D4}.png", [new FaceRecord(new RectI(150, 140, 80, 80), face), new FaceRecord(new RectI(150, 140, 80, 80), [.. face.Select(p => new Point2(p.X, p.Y + 9))])]);
        }
        alignments.Save(Path.Combine(input, "alignments.json"));
        foreach (string name in left)
            File.WriteAllBytes(Path.Combine(aligned, name), []);
        ConvertOptions options = new() { Input = input, Output = folder["out"], ModelDirectory = model, AlignedDirectory = aligned };
        ConvertSummary summary = Run(options);
        Assert.Equal((2, 4, 1), (summary.FacesConverted, summary.DeletedFaces, summary.FramesWithoutFace));
        Assert.Equal(6, Run(options with { Output = folder["all"], AlignedDirectory = null }).FacesConverted);
        using (PooledFrame before = ImageFile.Read(Path.Combine(input, "0003.png")), after = ImageFile.Read(folder["out", "0003.png"]))
            Assert.Equal(0, TestClips.Difference(before.Plane(0), after.Plane(0)));
        Assert.Contains("0001_0.png", Assert.Throws<UserErrorException>(() => Run(options with { AlignedDirectory = folder.Folder("empty") })).Message);
        Assert.Contains("nowhere", Assert.Throws<UserErrorException>(() => Run(options with { AlignedDirectory = folder["nowhere"] })).Message);
        Assert.Contains("alignments", Assert.Throws<UserErrorException>(() => Run(options with { Detect = true })).Message);
    }
}

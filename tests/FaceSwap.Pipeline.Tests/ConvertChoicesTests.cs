using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Steady;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>What happens to frames and faces before any is cut out: held still, carried back from rotated frames, left out.</summary>
[Collection("engine")]
public sealed class ConvertChoicesTests
{
    private static ConvertPipeline Run(AlignmentsFile alignments, int frames, MemorySink sink, bool device = false, int workers = 2, ConvertChoices? choices = null)
    {
        using ReferenceBackend backend = new();
        using MemorySource source = new(frames);
        using DeviceSwapperChecks.Mirror network = new(backend, 3);
        MaskedOptions masked = new() { Sharpen = device ? Sharpening.None : Sharpening.Box };
        using IFaceSwapper swapper = device ? DeviceSwapper.TryCreate(backend, network, masked, source.Info)! : new HostSwapper(network, () => new MaskedConverter(masked));
        using ConvertPipeline pipeline = new(source, sink, swapper, alignments, workers, choices);
        pipeline.Run(_ => { }, default);
        return pipeline;
    }

    // What changed of a frame, as a rectangle.
    private static RectI Changed(MemorySink sink, int frame, byte[] original, int width)
    {
        int left = int.MaxValue, top = int.MaxValue, right = -1, bottom = -1;
        byte[] samples = sink.Frames[frame][0];
        for (int i = 0; i < samples.Length; i++)
        {
            if (samples[i] == original[i])
                continue;
            int x = i / 3 % width, y = i / 3 / width;
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
        }
        return right < 0 ? default : new RectI(left, top, right - left + 1, bottom - top + 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Shaking_faces_are_held_on_both_paths_and_the_same_with_any_number_of_workers(bool device)
    {
        const int count = 24;
        AlignmentsFile alignments = new();
        for (int i = 0; i < count; i++)
            alignments.Set($"{i}.png", [GoldenFace.At(i % 2 == 0 ? 3 : -3, 0)]);
        using MemorySink loose = new(), one = new(), many = new();
        Run(alignments, count, loose, device);
        SteadyFaces first = new(1), second = new(1);
        Run(alignments, count, one, device, 1, new ConvertChoices { Steady = first });
        Run(alignments, count, many, device, 4, new ConvertChoices { Steady = second });
        Assert.Equal(12, first.JitterBefore, 6);
        Assert.InRange(first.JitterAfter, 0.1, 8);
        Assert.Equal((first.JitterBefore, first.JitterAfter, first.Samples), (second.JitterBefore, second.JitterAfter, second.Samples));
        Assert.Equal(one.Frames, many.Frames);
        Assert.Equal(loose.Frames[0], one.Frames[0]); // a track begins where the face is
        Assert.NotEqual(loose.Frames[count - 1], one.Frames[count - 1]);
    }

    // The upright face, and the same face as an extraction that turned the frame would have written it.
    [Theory]
    [InlineData(90)]
    [InlineData(-90)]
    [InlineData(180)]
    [InlineData(30)]
    public void A_face_found_in_a_rotated_frame_is_converted_where_it_is(int angle)
    {
        using PooledFrame picture = ImageFile.Read(Golden.Path("vision", "frame0.png"));
        FrameRotation rotation = new(picture.Width, picture.Height, angle);
        FaceRecord turned = new(new RectI(1, 2, 30, 30), [.. GoldenFace.Record.Landmarks().Select(rotation.ToTurned.Apply)], angle);
        AlignmentsFile alignments = new();
        alignments.Set("0.png", []);
        alignments.Set("1.png", [GoldenFace.Record]);
        alignments.Set("2.png", [turned]);
        foreach (bool device in new[] { false, true })
        {
            using MemorySink sink = new();
            ConvertPipeline pipeline = Run(alignments, 3, sink, device);
            Assert.Equal((2, 0), (pipeline.Faces, pipeline.Counts.Rotated));
            RectI expected = Changed(sink, 1, sink.Frames[0][0], picture.Width), actual = Changed(sink, 2, sink.Frames[0][0], picture.Width);
            Assert.InRange(Math.Abs(expected.X - actual.X) + Math.Abs(expected.Y - actual.Y) + Math.Abs(expected.Right - actual.Right) + Math.Abs(expected.Bottom - actual.Bottom), 0, 4);
            // Landmarks in whole pixels of the turned frame are off by a fraction of a pixel here, no more.
            double difference = sink.Frames[1][0].Zip(sink.Frames[2][0], (a, b) => Math.Abs(a - b)).Sum() / (double)(expected.Width * expected.Height * 3);
            Assert.InRange(difference, 0, 6);
        }
    }

    [Fact]
    public void Boxes_of_rotated_faces_are_left_out_and_counted()
    {
        FaceRecord turned = new(GoldenFace.Record.Rect, GoldenFace.Record.Landmarks(), 90);
        AlignmentsFile alignments = new();
        alignments.Set("0.png", [turned, GoldenFace.Record]);
        using MemorySink sink = new();
        ConvertPipeline pipeline = Run(alignments, 1, sink, choices: new ConvertChoices { ByBoxes = true });
        Assert.Equal((1, 1, 0), (pipeline.Faces, pipeline.Counts.Rotated, pipeline.Counts.Unusable));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Faces_without_extent_or_outside_the_frame_are_left_out_and_counted(bool device)
    {
        FaceRecord point = new(GoldenFace.Record.Rect, new Point2[FaceRecord.LandmarkCount]);
        FaceRecord far = GoldenFace.At(900_000, -900_000);
        FaceRecord huge = new(GoldenFace.Record.Rect, [.. GoldenFace.Record.Landmarks().Select(p => new Point2(p.X * 3000, p.Y * 3000))], 45);
        AlignmentsFile alignments = new();
        alignments.Set("0.png", []);
        alignments.Set("1.png", [point, far, GoldenFace.Record, GoldenFace.At(250, 0)]);
        alignments.Set("2.png", [huge]);
        using MemorySink sink = new();
        ConvertPipeline pipeline = Run(alignments, 3, sink, device, choices: new ConvertChoices { Steady = new SteadyFaces(1) });
        Assert.InRange(pipeline.Counts.Unusable, 2, 4);
        Assert.Equal(5 - pipeline.Counts.Unusable, pipeline.Faces);
        Assert.NotEqual(sink.Frames[0], sink.Frames[1]);
    }
}

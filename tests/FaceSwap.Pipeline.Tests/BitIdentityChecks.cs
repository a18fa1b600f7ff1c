using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>
/// A conversion changes samples inside the masks' rectangles and nowhere else, in frames of its own; frames without a face leave as they came, without a copy.
/// Shared by the tests of every backend.
/// </summary>
internal static class BitIdentityChecks
{
    // A frame whose samples a decoder still holds: whoever writes must copy.
    private sealed class HeldFrame(PooledFrame samples) : Frame
    {
        public override int Width => samples.Width;

        public override int Height => samples.Height;

        public override PixelFormat Format => samples.Format;

        public override PlaneView Plane(int index) => samples.Plane(index);

        public override Frame AsWritable()
        {
            PooledFrame copy = FramePool.Shared.Rent(Width, Height, Format);
            for (int plane = 0; plane < PlaneCount; plane++)
            {
                for (int y = 0; y < Plane(plane).Height; y++)
                    Plane(plane).RowSpan(y).CopyTo(copy.Plane(plane).RowSpan(y));
            }
            CopyPropertiesTo(copy);
            Dispose();
            return copy;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class HeldSource(PooledFrame samples, int count) : IFrameSource
    {
        public List<Frame> Given { get; } = [];

        public FrameSourceInfo Info => new("held", samples.Width, samples.Height, new Rational(25, 1), new Rational(1, 25), count, 0, false);

        public IReadOnlyList<string> Warnings => [];

        public Frame? Read(CancellationToken cancellation = default)
        {
            if (Given.Count == count)
                return null;
            HeldFrame frame = new(samples) { Index = Given.Count, Name = $"{Given.Count}.png", Matrix = samples.Matrix, Range = samples.Range };
            Given.Add(frame);
            return frame;
        }

        public void Dispose()
        {
        }
    }

    private sealed class ComparingSink(Action<Frame> onFrame) : IFrameSink
    {
        public int Frames { get; private set; }

        public IReadOnlyList<string> Warnings => [];

        public void Write(Frame frame)
        {
            Frames++;
            using (frame)
                onFrame(frame);
        }

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Converts frames with none, one, two and two overlapping faces, and compares what comes out with what went in, sample by sample.</summary>
    /// <param name="createSwapper">For frames of a source.</param>
    /// <param name="format">Of the frames.</param>
    /// <param name="options">Mask and colors.</param>
    public static void OnlyTheMasksRectanglesChange(Func<FrameSourceInfo, IFaceSwapper> createSwapper, PixelFormat format, MaskedOptions options)
    {
        const int count = 8;
        using PooledFrame original = MemorySource.GoldenFrame(format);
        byte[][] before = MemorySink.Samples(original);
        AlignmentsFile alignments = DeviceSwapperChecks.Alignments(count);
        using HeldSource source = new(original, count);
        long changed = 0;
        using ComparingSink sink = new(frame =>
        {
            IReadOnlyList<FaceRecord> faces = alignments.Find(frame.Name)!;
            Frame given = source.Given[(int)frame.Index];
            if (faces.Count == 0)
            {
                Assert.Same(given, frame);
                for (int plane = 0; plane < frame.PlaneCount; plane++)
                    Assert.Equal(original.Plane(plane), frame.Plane(plane));
                return;
            }
            Assert.NotSame(given, frame);
            RectI[] rectangles = [.. faces.Select(f => Rectangle(f, frame, options))];
            for (int plane = 0; plane < frame.PlaneCount; plane++)
            {
                bool[] inside = Inside(frame, plane, rectangles);
                byte[] after = MemorySink.Samples(frame)[plane];
                for (int i = 0; i < after.Length; i++)
                {
                    if (after[i] == before[plane][i])
                        continue;
                    changed++;
                    Assert.True(inside[i], $"byte {i} of plane {plane} of frame {frame.Name} changed outside the masks' rectangles");
                }
            }
        });
        using (IFaceSwapper swapper = createSwapper(source.Info))
        {
            using ConvertPipeline pipeline = new(source, sink, swapper, alignments, 2);
            pipeline.Run(_ => { }, default);
            Assert.Equal(6 * FrameLayout.Bytes(original.Width, original.Height, format), pipeline.CopiedBytes);
        }
        Assert.Equal(count, sink.Frames);
        Assert.True(changed > 10_000, $"only {changed} samples changed");
        // What the decoder holds stays as it was.
        Assert.Equal(before, MemorySink.Samples(original));
    }

    private static RectI Rectangle(FaceRecord face, Frame frame, MaskedOptions options)
    {
        Point2[] landmarks = face.Landmarks();
        Affine map = FaceAlignment.IntoSquare(FaceAlignment.Align(landmarks), options.Side, options.Padding);
        CompositorSpec spec = CompositedFace.Spec(options, 1, ElementType.Float32, frame.Width, frame.Height);
        return CompositorSlot.Create(spec, new FramePlanes(frame.Format, frame.Width, frame.Height, frame.Matrix, frame.Range, 0, 0), map, landmarks).Touched;
    }

    private static bool[] Inside(Frame frame, int plane, RectI[] rectangles)
    {
        PlaneView view = frame.Plane(plane);
        int row = view.Width * view.PixelStride;
        bool[] inside = new bool[row * view.Height];
        foreach (RectI rectangle in rectangles)
        {
            (int firstByte, int bytes, int firstRow, int rows) = CompositorGeometry.PlanePart(frame.Format, plane, rectangle);
            for (int y = firstRow; y < firstRow + rows; y++)
                inside.AsSpan((y * row) + firstByte, bytes).Fill(true);
        }
        return inside;
    }
}

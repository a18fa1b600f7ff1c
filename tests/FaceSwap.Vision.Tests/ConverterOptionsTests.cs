using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision.Tests;

/// <summary>Every option of the converters changes what it should and nothing else.</summary>
public sealed class ConverterOptionsTests
{
    private const int Width = 161, Height = 143;

    private static readonly Point2[] Landmarks = Faces.At(78, 66, 70, 8);
    private static readonly RectI Rect = new(38, 26, 81, 77);

    public static TheoryData<PixelFormat, string> Options
    {
        get
        {
            TheoryData<PixelFormat, string> data = [];
            foreach (PixelFormat format in Enum.GetValues<PixelFormat>().Concat(FaceCropTests.Deep).Distinct())
            {
                foreach (string option in new[] { "plain", "rect", "erosion", "dilation", "blur", "histogram", "reinhard", "average", "bsharpen", "gsharpen", "seamless", "all" })
                    data.Add(format, option);
            }
            return data;
        }
    }

    private static MaskedOptions Make(string option)
    {
        MaskedOptions plain = new() { BlurSize = 5 };
        return option switch
        {
            "rect" => plain with { Mask = MaskType.Rect },
            "erosion" => plain with { ErosionSize = 9 },
            "dilation" => plain with { ErosionSize = -9 },
            "blur" => plain with { BlurSize = 21 },
            "histogram" or "reinhard" or "average" => plain with { Color = ConverterWords.ParseColor(option) },
            "bsharpen" or "gsharpen" => plain with { Sharpen = ConverterWords.ParseSharpening(option) },
            "seamless" => plain with { SeamlessClone = true },
            "all" => plain with { SeamlessClone = true, Sharpen = Sharpening.Gaussian, Color = ColorAdjust.Reinhard, ErosionSize = 5 },
            _ => plain,
        };
    }

    private static (double B, double G, double R) Scene(double x, double y) => (0.45 + (0.1 * Math.Sin(x * 0.9)) + (0.001 * y),
        0.5 + (0.1 * Math.Cos((y * 0.7) + (x * 0.3))), 0.6 - (0.001 * x) + (0.05 * Math.Sin(y * 1.3)));

    // Smooth enough that a shift by a pixel, which the classic clone may make on BGR frames, hardly shows.
    private static (double B, double G, double R) SmoothScene(double x, double y) => (0.4 + (0.1 * Math.Sin(x * 0.06)), 0.5 + (0.1 * Math.Cos(y * 0.05)),
        0.6 - (0.001 * x) + (0.001 * y));

    private static PooledFrame MakeFrame(PixelFormat format, Func<double, double, (double B, double G, double R)>? scene = null)
    {
        scene ??= Scene;
        if (format != PixelFormat.Bgr24)
            return YuvFrames.Make(Width, Height, format, ColorMatrix.Bt709, ColorRange.Limited, scene);
        PooledFrame frame = FramePool.Shared.Rent(Width, Height, format);
        for (int y = 0; y < Height; y++)
        {
            Span<byte> row = frame.Plane(0).RowSpan(y);
            for (int x = 0; x < Width; x++)
            {
                (double b, double g, double r) = scene(x, y);
                (row[3 * x], row[(3 * x) + 1], row[(3 * x) + 2]) = ((byte)(b * 255), (byte)(g * 255), (byte)(r * 255));
            }
        }
        return frame;
    }

    private static byte[] Samples(Frame frame)
    {
        List<byte> samples = [];
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            for (int y = 0; y < frame.Plane(plane).Height; y++)
                samples.AddRange(frame.Plane(plane).RowSpan(y));
        }
        return [.. samples];
    }

    // A network that makes faces bluer and of less contrast.
    private static void Predict(Span<float> face)
    {
        for (int i = 0; i < face.Length; i++)
            face[i] = Math.Clamp((face[i] * 0.6f) + (i % 3 == 0 ? 0.35f : 0.1f), 0, 1);
    }

    private static RectI Convert(IFaceConverter converter, Frame frame)
    {
        float[] face = new float[converter.FaceLength];
        converter.Crop(frame, Landmarks, Rect, face);
        Predict(face);
        return converter.Paste(frame, Landmarks, Rect, face);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void OptionsShowUnderTheMaskAndNowhereElse(PixelFormat format, string option)
    {
        using PooledFrame frame = MakeFrame(format), plain = MakeFrame(format);
        byte[] before = Samples(frame);
        MaskedConverter converter = new(Make(option));
        RectI touched = Convert(converter, frame);
        Convert(new MaskedConverter(Make("plain")), plain);
        if (option != "plain")
            Assert.True(Samples(frame).Zip(Samples(plain)).Count(p => p.First != p.Second) > 100, "the option changed nothing");
        FaceMask mask = new MaskedConverter(converter.Options).BuildMask(converter.Map(Landmarks), Landmarks, Width, Height);
        // The classic clone may stand a pixel aside on BGR frames.
        int aside = format == PixelFormat.Bgr24 && converter.Options.SeamlessClone ? 2 : 0;
        bool Weighs(int x, int y)
        {
            for (int dy = -aside; dy <= aside; dy++)
            {
                for (int dx = -aside; dx <= aside; dx++)
                {
                    (int mx, int my) = (x + dx - mask.Bounds.X, y + dy);
                    if (my >= mask.Bounds.Y && my < mask.Bounds.Bottom && (uint)mx < (uint)mask.Bounds.Width && mask.Row(my)[mx] > 0)
                        return true;
                }
            }
            return false;
        }
        byte[] after = Samples(frame);
        int at = 0, changed = 0;
        for (int plane = 0; plane < frame.PlaneCount; plane++)
        {
            PlaneView view = frame.Plane(plane);
            (int across, int down) = plane is 1 or 2 ? (1 << format.ChromaShift.Across, 1 << format.ChromaShift.Down) : (1, 1);
            for (int y = 0; y < view.Height; y++)
            {
                for (int i = 0; i < view.Width * view.PixelStride; i++, at++)
                {
                    if (after[at] == before[at])
                        continue;
                    changed++;
                    Assert.True(plane < 3, "alpha changed");
                    int x = i / view.PixelStride;
                    bool weighs = false;
                    for (int dy = 0; dy < down; dy++)
                    {
                        for (int dx = 0; dx < across; dx++)
                            weighs |= Weighs((x * across) + dx, (y * down) + dy);
                    }
                    Assert.True(weighs, $"({x}, {y}) of plane {plane} changed without a weight");
                    Assert.InRange((x * across) + 1, touched.X, touched.Right);
                    Assert.InRange((y * down) + 1, touched.Y, touched.Bottom);
                }
            }
        }
        Assert.True(changed > 1000, $"{changed} samples changed");
    }

    // The frame's own pixels, all a little bluer: gradients are the same, so a clone is the frame again.
    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Yuv420P)]
    public void ACloneTakesAwayWhatIsTheSameEverywhere(PixelFormat format)
    {
        double[] errors = new double[2];
        for (int i = 0; i < 2; i++)
        {
            using PooledFrame frame = MakeFrame(format, SmoothScene);
            byte[] before = Samples(frame);
            MaskedConverter converter = new(new MaskedOptions { SeamlessClone = i == 1, Side = 128 });
            float[] face = new float[converter.FaceLength];
            converter.Crop(frame, Landmarks, face);
            for (int k = 0; k < face.Length; k += 3)
                face[k] = Math.Min(face[k] + 0.15f, 1);
            RectI touched = converter.Paste(frame, Landmarks, face);
            errors[i] = Samples(frame).Zip(before).Sum(p => Math.Abs(p.First - p.Second)) / (double)(touched.Width * touched.Height);
        }
        Assert.True(errors[1] < 0.35 * errors[0], $"blended {errors[0]:f2}, cloned {errors[1]:f2} levels a pixel");
    }

    [Theory]
    [InlineData(PixelFormat.Bgr24)]
    [InlineData(PixelFormat.Yuv420P)]
    [InlineData(PixelFormat.Nv12)]
    [InlineData(PixelFormat.Gray8)]
    public void AdjustStaysInTheBox(PixelFormat format)
    {
        Dictionary<(bool, bool), byte[]> results = [];
        foreach ((bool smooth, bool average) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            using PooledFrame frame = MakeFrame(format);
            byte[] before = Samples(frame);
            AdjustConverter converter = new(new AdjustOptions { SmoothMask = smooth, AverageColor = average });
            Assert.Equal(Rect, Convert(converter, frame));
            // On BGR the whole box is written, on YUV the middle of it.
            RectI area = format == PixelFormat.Bgr24 ? Rect : new RectI(Rect.X + 15, Rect.Y + 14, 51, 49);
            byte[] after = results[(smooth, average)] = Samples(frame);
            PlaneView luma = frame.Plane(0);
            for (int i = 0; i < luma.Width * luma.Height * luma.PixelStride; i++)
            {
                (int x, int y) = (i / luma.PixelStride % luma.Width, i / luma.PixelStride / luma.Width);
                bool inside = x >= area.X && x < area.Right && y >= area.Y && y < area.Bottom;
                Assert.True(inside || after[i] == before[i], $"({x}, {y}) changed");
            }
            Assert.True(after.Zip(before).Count(p => p.First != p.Second) > 1500);
        }
        Assert.Equal(4, results.Values.Select(System.Convert.ToBase64String).Distinct().Count());
    }

    [Theory]
    [InlineData(-30, 40)]
    [InlineData(100, 5)]
    [InlineData(150, 130)]
    [InlineData(60, 500)]
    public void FacesPartlyOrWhollyOutsideAreNoDanger(double x, double y)
    {
        foreach (PixelFormat format in new[] { PixelFormat.Bgr24, PixelFormat.Yuv420P, PixelFormat.Gray8 })
        {
            foreach (string option in new[] { "bsharpen", "gsharpen", "seamless", "all", "average" })
            {
                using PooledFrame frame = MakeFrame(format);
                MaskedConverter converter = new(Make(option) with { BlurSize = 15 });
                float[] face = new float[converter.FaceLength];
                Point2[] landmarks = Faces.At(x, y, 90, 33);
                converter.Crop(frame, landmarks, face);
                Predict(face);
                RectI touched = converter.Paste(frame, landmarks, face);
                Assert.Equal(touched, touched.IsEmpty ? default : touched.Intersect(new RectI(0, 0, Width, Height)));
                RectI box = new((int)x - 40, (int)y - 40, 80, 80);
                AdjustConverter adjust = new(new AdjustOptions());
                adjust.Crop(frame, landmarks, box, face);
                adjust.Paste(frame, landmarks, box, face);
            }
        }
    }

    [Fact]
    public void TinyFramesAreNoDanger()
    {
        foreach (string option in new[] { "bsharpen", "gsharpen", "seamless", "all", "reinhard" })
        {
            for (int size = 1; size < 6; size++)
            {
                using PooledFrame frame = FramePool.Shared.Rent(size, size, size % 2 == 0 ? PixelFormat.Yuv420P : PixelFormat.Bgr24);
                for (int plane = 0; plane < frame.PlaneCount; plane++)
                {
                    for (int y = 0; y < frame.Plane(plane).Height; y++)
                        frame.Plane(plane).RowSpan(y).Fill(90);
                }
                MaskedConverter converter = new(Make(option));
                float[] face = new float[converter.FaceLength];
                converter.Paste(frame, Faces.At(1, 1, 50), face);
                converter.Paste(frame, Faces.At(1, 1, 3), face);
                new AdjustConverter(new AdjustOptions()).Paste(frame, [], new RectI(0, 0, 3, 3), face);
            }
        }
    }

    [Fact]
    public void NothingIsAllocatedAfterTheFirstFaces()
    {
        using PooledFrame yuv = MakeFrame(PixelFormat.Yuv420P), bgr = MakeFrame(PixelFormat.Bgr24);
        foreach (IFaceConverter converter in new IFaceConverter[] { new MaskedConverter(Make("all")), new MaskedConverter(Make("average")), new AdjustConverter(new AdjustOptions()) })
        {
            float[] face = new float[converter.FaceLength];
            long allocated = -1;
            for (int i = 0; i < 4; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                foreach (Frame frame in (ReadOnlySpan<Frame>)[yuv, bgr])
                {
                    converter.Crop(frame, Landmarks, Rect, face);
                    converter.Paste(frame, Landmarks, Rect, face);
                }
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
            Assert.InRange(allocated, 0, 64); // the two frames' list
        }
    }

    [Fact]
    public void UnknownWordsAreRefused()
    {
        Assert.Contains("use none, histogram, reinhard or average", Assert.Throws<UserErrorException>(() => ConverterWords.ParseColor("lab")).Message);
        Assert.Contains("use none, bsharpen or gsharpen", Assert.Throws<UserErrorException>(() => ConverterWords.ParseSharpening("yes")).Message);
        Assert.All(new[] { "histogram", "reinhard", "average", "bsharpen" }, o => Assert.True(Make(o).SuitsCompositor));
        Assert.False(Make("seamless").SuitsCompositor);
    }
}

using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Convert;
using FaceSwap.TestKit;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Tests;

/// <summary>A backend's compositor against the processor's converter on a real frame, and against the golden conversions. Shared by the tests of every
/// backend that has one.</summary>
public static class CompositedFaceChecks
{
    private static readonly Dictionary<string, (PixelFormat Format, MaskedOptions Options, int Shift)> Named = Choices().ToDictionary(
        c => $"{c.Format}, {c.Options.Mask}, erosion {c.Options.ErosionSize}, blur {c.Options.BlurSize}, {c.Options.Color}, sharpen {c.Options.Sharpen}, side {c.Options.Side}, moved {c.Shift}");

    /// <summary>Names of cases.</summary>
    public static TheoryData<string> Cases => [.. Named.Keys];

    /// <summary>Converts the golden frame both ways: no sample differs by more than 2, hardly any by more than 1, none outside the mask's rectangle at all.</summary>
    public static void Agrees(IBackend backend, string name)
    {
        (PixelFormat format, MaskedOptions options, int shift) = Named[name];
        Point2[] landmarks = [.. GoldenFace.Record.Landmarks().Select(p => new Point2(p.X - shift, p.Y))];
        using PooledFrame original = MemorySource.GoldenFrame(format), onProcessor = MemorySource.GoldenFrame(format), onDevice = MemorySource.GoldenFrame(format);
        MaskedConverter converter = new(options);
        var face = new float[converter.FaceLength];
        converter.Crop(original, landmarks, face);
        float[] crop = [.. face];
        Predict(face);
        converter.Paste(onProcessor, landmarks, face);
        double worst = 0;
        CompositedFace.Convert(backend, onDevice, landmarks, options, numbers =>
        {
            for (int i = 0; i < numbers.Length; i++)
                worst = Math.Max(worst, Math.Abs(numbers[i] - crop[i]));
            Predict(numbers);
        });
        // The processor's vector code steps positions in single precision: 2⁻¹³ of a pixel at most, times content that may change by the whole range.
        Assert.InRange(worst, 0, 4.0 / (1 << 13));
        RectI touched = CompositorGeometry.Touched(CompositedFace.Spec(options, 1, ElementType.Float32, original.Width, original.Height),
            converter.Map(landmarks), Corners(landmarks), original.Width, original.Height);
        long samples = 0, changed = 0, off = 0, far = 0;
        for (int plane = 0; plane < original.PlaneCount; plane++)
        {
            var part = CompositorGeometry.PlanePart(format, plane, touched);
            for (int y = 0; y < original.Plane(plane).Height; y++)
            {
                Span<byte> before = original.Plane(plane).RowSpan(y), expected = onProcessor.Plane(plane).RowSpan(y), actual = onDevice.Plane(plane).RowSpan(y);
                for (int x = 0; x < before.Length; x++)
                {
                    bool inside = y >= part.FirstRow && y < part.FirstRow + part.Rows && x >= part.FirstByte && x < part.FirstByte + part.Bytes;
                    Assert.True(inside || (before[x] == actual[x] && before[x] == expected[x]), $"byte {x} of row {y} of plane {plane} lies outside {touched} and changed");
                    int difference = Math.Abs(expected[x] - actual[x]);
                    samples += inside ? 1 : 0;
                    changed += actual[x] != before[x] ? 1 : 0;
                    off += difference > 1 ? 1 : 0;
                    far += difference > 2 ? 1 : 0;
                }
            }
        }
        Assert.True(changed > samples / 4, $"only {changed} of {samples} samples changed");
        // A dilated splinter's row may be filled where the processor leaves a gap, and a crop's last bit may move a color by a step of the matched histogram.
        Assert.InRange(off, 0, samples / 500);
        Assert.InRange(far, 0, samples / 1000);
    }

    /// <summary>The golden conversions of the repository.</summary>
    public static void AgreesWithGoldenConversions(IBackend backend)
    {
        CheckResult[] results = GoldenConversions(backend, Golden.Path("vision", "vision.json"));
        int images = Directory.GetFiles(Golden.Path("vision"), "frame?_masked_*.png").Length;
        Assert.Equal(2 * images, results.Count(r => r.Passed));
        Assert.All(results, r => Assert.True(r.Passed || r.Skipped, $"{r.Name}: {r.Error} over {r.Bound} {r.Message}"));
    }

    /// <summary>All golden conversions, if the folder shared between projects is there.</summary>
    public static void AgreesWithAllGoldenConversions(IBackend backend)
    {
        CheckResult[] results = GoldenConversions(backend, SharedFolder.Require("golden", "vision", "vision.json"));
        Assert.NotEmpty(results);
        Assert.All(results, r => Assert.True(r.Passed, $"{r.Name}: {r.Error} over {r.Bound} {r.Message}"));
    }

    // Format, options, shift of the landmarks to the left.
    private static IEnumerable<(PixelFormat Format, MaskedOptions Options, int Shift)> Choices()
    {
        foreach (PixelFormat format in Enum.GetValues<PixelFormat>().Where(f => f.SuitsDevices))
            yield return (format, new MaskedOptions(), 0);
        foreach (MaskType mask in Enum.GetValues<MaskType>())
        {
            yield return (PixelFormat.Nv12, new MaskedOptions { Mask = mask, ErosionSize = 5, BlurSize = 7 }, 0);
            yield return (PixelFormat.Yuv420P, new MaskedOptions { Mask = mask, ErosionSize = -9, BlurSize = 0, Side = 128 }, 0);
            yield return (PixelFormat.Yuv420P, new MaskedOptions { Mask = mask, ErosionSize = -6, Color = ColorAdjust.Histogram }, 230);
        }
        yield return (PixelFormat.Bgr24, new MaskedOptions { Mask = MaskType.FaceHull, BlurSize = 15, Color = ColorAdjust.Histogram, Side = 128 }, 0);
        foreach (ColorAdjust color in new[] { ColorAdjust.Reinhard, ColorAdjust.Average })
        {
            yield return (PixelFormat.Yuv420P, new MaskedOptions { ErosionSize = 10, BlurSize = 14, Color = color }, 0);
            yield return (PixelFormat.Bgr24, new MaskedOptions { Color = color, Side = 128 }, 0);
            yield return (PixelFormat.Nv12, new MaskedOptions { Mask = MaskType.Rect, BlurSize = 5, Color = color }, 230);
        }
        foreach (Sharpening sharpen in new[] { Sharpening.Box, Sharpening.Gaussian })
        {
            yield return (PixelFormat.Yuv420P, new MaskedOptions { ErosionSize = 10, BlurSize = 14, Color = ColorAdjust.Reinhard, Sharpen = sharpen }, 0);
            yield return (PixelFormat.Bgr24, new MaskedOptions { Sharpen = sharpen, Side = 128 }, 0);
            yield return (PixelFormat.Nv12, new MaskedOptions { Mask = MaskType.FaceHull, BlurSize = 5, Sharpen = sharpen }, 230);
        }
    }

    private static CheckResult[] GoldenConversions(IBackend backend, string path) => [.. VisionGolden.CheckMasked(path,
        (frame, landmarks, options, predict) => CompositedFace.Convert(backend, frame, landmarks, options, predict))];

    private static void Predict(Span<float> face)
    {
        for (int i = 0; i < face.Length; i++)
            face[i] = 1.05f - (0.9f * face[i]);
    }

    private static PointI[] Corners(Point2[] landmarks)
    {
        var corners = new PointI[landmarks.Length + 1];
        return corners[..ConvexHull.OfTruncated(landmarks, corners)];
    }
}

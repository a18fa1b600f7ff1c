using System.Runtime.InteropServices;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Conformance;

/// <summary>Conversion of faces in frames against the reference: crops closely, blended samples within one level, all others to the bit.</summary>
internal static class CompositorConformance
{
    // Two faces whose rectangles do not meet, one of them turned.
    private static readonly SceneFace[] Two = [new(38, 40, 24, -20), new(118, 52, 17, 65)];

    private static IEnumerable<CompositorCase> Scenes()
    {
        foreach (PixelFormat format in Enum.GetValues<PixelFormat>().Where(f => f.SuitsDevices))
        {
            yield return new($"{format}", format, 161, 103) { Faces = Two };
            yield return new($"{format} in rows of whole words", format, 160, 96) { Faces = Two, Slack = 32 };
            yield return new($"{format} partly outside", format, 97, 61) { Faces = [new(-6, 20, 22, 30), new(90, 58, 25, -170)], Erosion = -4, Blur = 9 };
            yield return new($"{format} one pixel", format, 1, 1) { Faces = [new(0, 0, 12, 0)], Blur = 3 };
        }
        foreach (ColorMatrix matrix in Enum.GetValues<ColorMatrix>())
        {
            foreach (ColorRange range in Enum.GetValues<ColorRange>())
                yield return new($"nv12 {matrix} {range}", PixelFormat.Nv12, 96, 80) { Matrix = matrix, Range = range };
        }
        foreach (MaskType mask in Enum.GetValues<MaskType>())
        {
            foreach ((int erosion, int blur) in new[] { (0, 0), (0, 1), (0, 7), (5, 2), (6, 3), (1, 0), (-5, 8), (-8, 15), (90, 4), (0, 99) })
                yield return new($"{mask} erosion {erosion} blur {blur}", PixelFormat.Yuv420P, 121, 90) { Mask = mask, Erosion = erosion, Blur = blur, Faces = [new(55, 41, 28, 12)], Changes = erosion < 90 };
        }
        foreach (ColorAdjust color in new[] { ColorAdjust.Histogram, ColorAdjust.Reinhard, ColorAdjust.Average })
        {
            foreach (PixelFormat format in new[] { PixelFormat.Bgr24, PixelFormat.Nv12, PixelFormat.Gray8 })
                yield return new($"{format} {color}", format, 161, 103) { Color = color, Faces = Two };
            yield return new($"{color} of the square", PixelFormat.Yuv420P, 97, 61) { Color = color, Faces = [new(20, 20, 22, 30), new(70, 38, 25, -170)], Mask = MaskType.Rect, Blur = 9 };
            yield return new($"{color} at 64 pixels", PixelFormat.Yuv422P, 260, 240) { Color = color, Faces = [new(130, 110, 90, -7)], Side = 64 };
        }
        foreach (Sharpening sharpen in new[] { Sharpening.Box, Sharpening.Gaussian })
        {
            foreach (PixelFormat format in Enum.GetValues<PixelFormat>().Where(f => f.SuitsDevices))
            {
                yield return new($"{format} sharpened by {sharpen}", format, 161, 103) { Sharpen = sharpen, Faces = Two, Blur = 5 };
                yield return new($"{format} sharpened by {sharpen} at the edge", format, 97, 61) { Sharpen = sharpen, Faces = [new(-6, 20, 22, 30), new(90, 44, 25, -170)], Erosion = -4, Blur = 9 };
            }
            yield return new($"one pixel sharpened by {sharpen}", PixelFormat.Nv12, 1, 1) { Sharpen = sharpen, Faces = [new(0, 0, 12, 0)], Blur = 3 };
            yield return new($"a narrow frame sharpened by {sharpen}", PixelFormat.Yuv420P, 5, 40) { Sharpen = sharpen, Faces = [new(2, 20, 14, 0)], Mask = MaskType.FaceHull };
            yield return new($"{sharpen} and Reinhard at 64 pixels", PixelFormat.Yuv420P, 260, 240) { Sharpen = sharpen, Color = ColorAdjust.Reinhard, Faces = [new(130, 110, 90, -7)], Side = 64 };
        }
        yield return new("wholly outside", PixelFormat.Nv12, 64, 48) { Faces = [new(300, 20, 20, 0), new(30, -500, 20, 3)], Changes = false };
        yield return new("tiny", PixelFormat.Yuv420P, 64, 48) { Faces = [new(20, 20, 1.2, 10), new(50, 30, 3, 100)] };
        yield return new("larger than the frame", PixelFormat.Nv12, 150, 110) { Faces = [new(70, 60, 400, 5)], Mask = MaskType.FaceHull };
        yield return new("a narrow frame under a wide blur", PixelFormat.Yuv444P, 9, 40) { Faces = [new(4, 20, 14, 0)], Blur = 31 };
        yield return new("64 pixels", PixelFormat.Nv12, 260, 240) { Faces = [new(130, 110, 90, -7)], Side = 64 };
    }

    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach (CompositorCase scene in Scenes())
            yield return Case($"composite {scene.Name}", Precision.Fp32, backend => Check(backend, scene));
        CompositorCase narrow = new("bf16", PixelFormat.Nv12, 161, 103) { Faces = Two, InputType = ElementType.BFloat16 };
        yield return Case("composite into bf16", Precision.Bf16, backend => Check(backend, narrow));
        yield return Case("composite recorded with other slots each time", Precision.Fp32, Recorded);
    }

    private static ConformanceCase Case(string name, Precision precision, Func<IBackend, Finding> check) => new(name, precision, check) { Needs = Composites };

    private static bool Composites(IBackend backend)
    {
        using IFaceCompositor? made = backend.CreateCompositor(new CompositorSpec(1, 4, MaskType.Rect, 0, 0, ColorAdjust.None, ElementType.Float32, 8, 8));
        return made is not null;
    }

    private static Finding Check(IBackend subject, CompositorCase scene)
    {
        using var reference = new ReferenceBackend(threads: 1);
        using Outcome expected = new(reference, scene), actual = new(subject, scene);
        if (actual.Breach is { } breach)
            return Finding.Broken(breach);
        // Positions up to 2048 in single precision err by half of 2⁻¹³; from pixel to pixel the content changes by at most the whole range.
        double cropBound = (1.0 / (1 << 13)) + (scene.InputType == ElementType.BFloat16 ? 1.0 / (1 << 8) : 0), worst = 0;
        for (int i = 0; i < expected.Input.Length; i++)
            worst = Math.Max(worst, double.IsNaN(actual.Input[i]) ? double.PositiveInfinity : Math.Abs((double)actual.Input[i] - expected.Input[i]));
        if (worst > cropBound)
            return new Finding(worst, cropBound, "the crop");
        return Compare(expected, actual);
    }

    private static Finding Compare(Outcome expected, Outcome actual)
    {
        int worst = 0;
        string where = "";
        byte[][] original = actual.Scene.Original();
        if (original.Zip(expected.Planes).Any(p => !p.First.AsSpan().SequenceEqual(p.Second)) != actual.Changes)
            return Finding.Broken("the reference changes nothing, so the case shows nothing (or changes what it must not)");
        for (int plane = 0; plane < original.Length; plane++)
        {
            for (int i = 0; i < original[plane].Length; i++)
            {
                if (actual.Planes[plane][i] != original[plane][i] && !actual.Scene.MayChange(plane, i))
                    return Finding.Broken($"byte {i} of plane {plane} lies outside every touched rectangle and changed");
                int error = Math.Abs(actual.Planes[plane][i] - expected.Planes[plane][i]);
                if (error > worst)
                    (worst, where) = (error, $"plane {plane}[{i}] is {actual.Planes[plane][i]}, expected {expected.Planes[plane][i]}");
            }
        }
        return actual.PackedDiffers() is { } difference ? Finding.Broken(difference) : new Finding(worst, 1, where);
    }

    // What is recorded is the work on the slots' memory, not on what it holds at the time.
    private static Finding Recorded(IBackend subject)
    {
        CompositorCase[] scenes = [new("a", PixelFormat.Nv12, 161, 103) { Faces = Two }, new("b", PixelFormat.Nv12, 161, 103) { Faces = [new(70, 40, 30, 15), new(9, 90, 12, 0)] }];
        using var reference = new ReferenceBackend(threads: 1);
        using var rig = new Rig(subject);
        CompositorSpec spec = scenes[0].Spec;
        using IFaceCompositor compositor = subject.CreateCompositor(spec)!;
        DeviceSpan<byte> slots = rig.InOut("slots", MemoryMarshal.AsBytes<CompositorSlot>(new CompositorSlot[spec.Slots]));
        DeviceSpan<byte> input = rig.Output("network input", spec.ImageCount * sizeof(float)), output = rig.InOut("network output", new byte[spec.ImageCount * sizeof(float)]);
        using IRecording recording = subject.Record(() =>
        {
            compositor.Crop(slots.As<CompositorSlot>(), input);
            compositor.Blend(slots.As<CompositorSlot>(), output.As<float>());
        });
        foreach (CompositorCase scene in scenes)
        {
            using Outcome expected = new(reference, scene);
            using var frameRig = new Rig(subject);
            CompositorScene on = new(scene, frameRig);
            subject.Upload<float>(on.NetworkOutput(), output.As<float>());
            subject.Upload<CompositorSlot>(on.Slots, slots.As<CompositorSlot>());
            recording.Run();
            byte[][] planes = on.Read(subject);
            for (int plane = 0; plane < planes.Length; plane++)
            {
                int far = planes[plane].Zip(expected.Planes[plane]).Max(p => Math.Abs(p.First - p.Second));
                if (far > 1)
                    return new Finding(far, 1, $"scene {scene.Name}, plane {plane}");
            }
            if ((frameRig.Breach() ?? rig.Breach()) is { } breach)
                return Finding.Broken(breach);
        }
        return Finding.Kept;
    }

    // One conversion of a scene on a backend.
    private sealed class Outcome : IDisposable
    {
        private readonly Rig rig;
        private readonly byte[] packed;
        private readonly CompositorCase scene;

        public Outcome(IBackend backend, CompositorCase scene)
        {
            this.scene = scene;
            rig = new Rig(backend);
            Scene = new CompositorScene(scene, rig);
            CompositorSpec spec = scene.Spec;
            using IFaceCompositor compositor = backend.CreateCompositor(spec)!;
            DeviceSpan<CompositorSlot> slots = rig.Input("slots", MemoryMarshal.AsBytes<CompositorSlot>(Scene.Slots)).As<CompositorSlot>();
            DeviceSpan<byte> input = rig.Output("network input", spec.ImageCount * spec.InputType.Bytes());
            DeviceSpan<byte> into = rig.Output("packed", Scene.PackedBytes + 4);
            compositor.Crop(slots, input);
            compositor.Blend(slots, rig.Input("network output", Scene.NetworkOutput()));
            compositor.Pack(slots, into);
            Input = rig.Read(input, spec.InputType);
            Planes = Scene.Read(backend);
            packed = new byte[into.Length];
            backend.Download(into, packed);
            Breach = rig.Breach();
        }

        public CompositorScene Scene { get; }

        public bool Changes => scene.Changes;

        public float[] Input { get; }

        public byte[][] Planes { get; }

        public string? Breach { get; }

        /// <summary>Says where the packed rectangles are not what the planes hold, or null.</summary>
        public string? PackedDiffers()
        {
            foreach (CompositorSlot slot in Scene.Slots.Where(s => s.Packed >= 0 && !s.Touched.IsEmpty))
            {
                using PooledFrame frame = FramePool.Shared.Rent(scene.Width, scene.Height, scene.Format);
                PackedRectangle.Unpack(packed.AsSpan((int)slot.Packed), slot.Touched, frame);
                for (int plane = 0; plane < frame.PlaneCount; plane++)
                {
                    var part = CompositorGeometry.PlanePart(scene.Format, plane, slot.Touched);
                    int stride = (frame.Plane(plane).Width * frame.Plane(plane).PixelStride) + scene.Slack;
                    for (int y = part.FirstRow; y < part.FirstRow + part.Rows; y++)
                    {
                        if (!frame.Plane(plane).RowSpan(y).Slice(part.FirstByte, part.Bytes).SequenceEqual(Planes[plane].AsSpan((y * stride) + part.FirstByte, part.Bytes)))
                            return $"row {y} of plane {plane} was packed wrongly";
                    }
                }
            }
            return null;
        }

        public void Dispose() => rig.Dispose();
    }
}

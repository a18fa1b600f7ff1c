using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Conformance;

/// <summary>A face to convert: where it is, how large between the brows' ends, how turned.</summary>
internal readonly record struct SceneFace(double X, double Y, double Size, double Degrees);

/// <summary>One conformance case of the compositor: a frame's layout and the faces in it.</summary>
internal sealed record CompositorCase(string Name, PixelFormat Format, int Width, int Height)
{
    public ColorMatrix Matrix { get; init; } = ColorMatrix.Bt709;

    public ColorRange Range { get; init; } = ColorRange.Limited;

    public MaskType Mask { get; init; }

    public int Erosion { get; init; }

    public int Blur { get; init; } = 2;

    public ColorAdjust Color { get; init; }

    public Sharpening Sharpen { get; init; }

    public int Side { get; init; } = 16;

    /// <summary>Bytes that a row has beyond its samples.</summary>
    public int Slack { get; init; }

    public ElementType InputType { get; init; } = ElementType.Float32;

    public SceneFace[] Faces { get; init; } = [new(40, 34, 30, 8)];

    /// <summary>False where no sample may change.</summary>
    public bool Changes { get; init; } = true;

    /// <summary>One slot more than faces, and that one in the middle, so that an empty slot is always among them.</summary>
    public CompositorSpec Spec => new(Faces.Length + 1, Side, Mask, Erosion, Blur, Color, InputType, Width + 3, Height + 2)
    {
        Sharpen = Sharpen,
        CanvasPixels = (long)Faces.Length * Width * Height,
    };

    /// <summary>The face in a slot, or −1.</summary>
    public int FaceOf(int slot) => slot == 1 ? -1 : slot == 0 ? 0 : slot - 1;
}

/// <summary>A case's frame in a backend's memory, between guard regions, with the slots that describe its faces.</summary>
internal sealed class CompositorScene
{
    private readonly CompositorCase scene;
    private readonly List<(DeviceSpan<byte> Span, int Stride, int Width, int Height, int Step)> planes = [];

    public CompositorScene(CompositorCase scene, Rig rig)
    {
        this.scene = scene;
        (int Width, int Height, int PixelStride)[] sizes = FrameLayout.PlaneSizes(scene.Width, scene.Height, scene.Format);
        for (int i = 0; i < sizes.Length; i++)
        {
            (int width, int height, int step) = sizes[i];
            int stride = (width * step) + scene.Slack;
            planes.Add((rig.InOut($"plane {i}", Samples(i, stride, width, height, step)), stride, width, height, step));
        }
        var frame = new FramePlanes(scene.Format, scene.Width, scene.Height, scene.Matrix, scene.Range, planes[0].Span.Address, planes[0].Stride,
            planes.Count > 1 ? planes[1].Span.Address : 0, planes.Count > 2 ? planes[2].Span.Address : 0, planes.Count > 1 ? planes[1].Stride : 0);
        Slots = new CompositorSlot[scene.Spec.Slots];
        long packed = 0, canvas = 0;
        for (int i = 0; i < Slots.Length; i++)
        {
            if (scene.FaceOf(i) < 0)
                continue;
            SceneFace face = scene.Faces[scene.FaceOf(i)];
            Slots[i] = CompositorSlot.Create(scene.Spec, frame, Map(face, scene.Side), Landmarks(face));
            Slots[i].Packed = packed;
            packed += PackedRectangle.Bytes(scene.Format, Slots[i].Touched);
            Slots[i].CanvasAt = canvas;
            canvas += (long)Slots[i].Canvas.Width * Slots[i].Canvas.Height;
        }
        PackedBytes = packed;
    }

    public CompositorSlot[] Slots { get; }

    public long PackedBytes { get; }

    /// <summary>The planes' bytes, rows' slack included.</summary>
    public byte[][] Read(IBackend backend) => [.. planes.Select(p =>
    {
        var bytes = new byte[p.Span.Length];
        backend.Download(p.Span, bytes);
        return bytes;
    })];

    /// <summary>What the planes held at first.</summary>
    public byte[][] Original() => [.. planes.Select((p, i) => Samples(i, p.Stride, p.Width, p.Height, p.Step))];

    /// <summary>Whether a byte of a plane may change: it lies in a face's touched rectangle.</summary>
    public bool MayChange(int plane, int index)
    {
        int row = index / planes[plane].Stride, at = index % planes[plane].Stride;
        return Slots.Any(s =>
        {
            if (s.Touched.IsEmpty)
                return false;
            var part = CompositorGeometry.PlanePart(scene.Format, plane, s.Touched);
            return row >= part.FirstRow && row < part.FirstRow + part.Rows && at >= part.FirstByte && at < part.FirstByte + part.Bytes;
        });
    }

    /// <summary>The network's output: a pattern with values below 0, above 1 and, in the first face, a NaN.</summary>
    public float[] NetworkOutput()
    {
        var values = new float[scene.Spec.ImageCount];
        for (int i = 0; i < values.Length; i++)
        {
            int c = i % 3, x = i / 3 % scene.Side, y = i / 3 / scene.Side % scene.Side;
            values[i] = (float)(0.5 + (0.4 * Math.Sin((0.9 * x) + c) * Math.Cos(0.5 * y)) + (0.25 * Math.Sin(i * 12.9898)));
        }
        // A network that has diverged shows no color to average.
        if (scene.Color != ColorAdjust.Average)
            values[3 * ((scene.Side * scene.Side / 2) + (scene.Side / 2))] = float.NaN;
        return values;
    }

    private static byte[] Samples(int plane, int stride, int width, int height, int step)
    {
        var bytes = new byte[stride * height];
        for (int i = 0; i < bytes.Length; i++)
        {
            int x = i % stride, y = i / stride, c = x % step;
            double wave = Math.Sin((0.13 * (x / step)) + c + plane) + Math.Cos((0.09 * y) - c) + (0.4 * Math.Sin(i * 78.233));
            bytes[i] = x < width * step ? (byte)(127.5 + (50 * wave)) : (byte)0x5A;
        }
        return bytes;
    }

    // The square around a face: its size lies between 1/4 and 3/4 of it, so that the jaw reaches beyond.
    private static Affine Map(SceneFace face, int side)
    {
        double angle = face.Degrees * Math.PI / 180, scale = side / (2 * face.Size);
        double cos = Math.Cos(angle) * scale, sin = Math.Sin(angle) * scale;
        return new Affine(cos, sin, (side / 2.0) - (cos * face.X) - (sin * face.Y), -sin, cos, (side / 2.0) + (sin * face.X) - (cos * face.Y));
    }

    // 17 points of a jaw, the rest inside.
    private static Point2[] Landmarks(SceneFace face)
    {
        double angle = face.Degrees * Math.PI / 180;
        var points = new Point2[68];
        for (int i = 0; i < points.Length; i++)
        {
            double turn = i < 17 ? Math.PI * i / 16 : i < 27 ? Math.PI * (1 + ((i - 16) / 11.0)) : i;
            double reach = i < 17 ? 1.1 : i < 27 ? 0.75 : 0.3;
            double x = -Math.Cos(turn) * reach * face.Size, y = Math.Sin(turn) * reach * face.Size;
            points[i] = new Point2(Math.Round(face.X + (Math.Cos(angle) * x) - (Math.Sin(angle) * y)), Math.Round(face.Y + (Math.Sin(angle) * x) + (Math.Cos(angle) * y)));
        }
        return points;
    }
}

using System.Runtime.InteropServices;
using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>One face converted through a backend's compositor, step by step and waiting for each: for checks of the compositor against the processor's code.
/// Conversions of videos go through <see cref="ConvertWorkflow"/>.</summary>
public static unsafe class CompositedFace
{
    // Pixels of canvas: a batch with more or larger faces is sent off with fewer of them.
    private const long CanvasAFace = 384 << 10, MostCanvas = 6 << 20;

    /// <summary>The compositor's view of the Masked converter's options.</summary>
    /// <param name="options">The converter's.</param>
    /// <param name="slots">Faces a batch.</param>
    /// <param name="input">Element type of the network's input.</param>
    /// <param name="width">Width of the largest frame.</param>
    /// <param name="height">Height of the largest frame.</param>
    public static CompositorSpec Spec(MaskedOptions options, int slots, ElementType input, int width, int height)
    {
        CompositorSpec spec = new(slots, options.Side, options.Mask, options.ErosionSize, options.BlurSize, options.Color, input, width, height)
        {
            Sharpen = options.Sharpen,
        };
        long frame = Math.Min((long)width * height, MostCanvas);
        return spec with { CanvasPixels = spec.UsesCanvas ? Math.Max(frame, Math.Min(slots * Math.Min(frame, CanvasAFace), MostCanvas)) : 0 };
    }

    /// <summary>Crops, calls <paramref name="predict"/> on the crop (side · side · 3, B, G, R in 0..1), and blends what it leaves there into the frame.</summary>
    /// <exception cref="NotSupportedException">The backend leaves this to the processor.</exception>
    public static void Convert(IBackend backend, Frame writable, ReadOnlySpan<Point2> landmarks, MaskedOptions options, Action<Span<float>> predict)
    {
        CompositorSpec spec = Spec(options, 1, ElementType.Float32, writable.Width, writable.Height);
        using IFaceCompositor compositor = backend.CreateCompositor(spec) ?? throw new NotSupportedException($"{backend.Info.Name} has no compositor");
        List<DeviceBuffer> buffers = [];
        try
        {
            DeviceSpan<byte> Hold(long bytes, string label)
            {
                buffers.Add(backend.Allocate(bytes, label));
                return buffers[^1].Span<byte>();
            }

            var planes = new DeviceSpan<byte>[writable.PlaneCount];
            for (int i = 0; i < planes.Length; i++)
            {
                planes[i] = Hold(Bytes(writable.Plane(i)), "a plane");
                backend.Upload<byte>(Samples(writable.Plane(i)), planes[i]);
            }
            var frame = new FramePlanes(writable.Format, writable.Width, writable.Height, writable.Matrix, writable.Range, planes[0].Address,
                writable.Plane(0).Stride, planes.Length > 1 ? planes[1].Address : 0, planes.Length > 2 ? planes[2].Address : 0,
                planes.Length > 1 ? writable.Plane(1).Stride : 0);
            Affine map = FaceAlignment.IntoSquare(FaceAlignment.Align(landmarks), options.Side, options.Padding);
            CompositorSlot slot = CompositorSlot.Create(spec, frame, map, landmarks);
            DeviceSpan<CompositorSlot> slots = Hold(sizeof(CompositorSlot), "a slot").As<CompositorSlot>();
            DeviceSpan<byte> face = Hold(spec.ImageCount * sizeof(float), "a face");
            backend.Upload([slot], slots);
            compositor.Crop(slots, face);
            float[] numbers = new float[spec.ImageCount];
            backend.Download(face.As<float>(), numbers);
            predict(numbers);
            backend.Upload<float>(numbers, face.As<float>());
            compositor.Blend(slots, face.As<float>());
            for (int i = 0; i < planes.Length; i++)
                backend.Download(planes[i], Samples(writable.Plane(i)));
        }
        finally
        {
            foreach (DeviceBuffer buffer in buffers)
                buffer.Dispose();
        }
    }

    private static long Bytes(PlaneView plane) => ((long)(plane.Height - 1) * plane.Stride) + ((long)plane.Width * plane.PixelStride);

    private static Span<byte> Samples(PlaneView plane) => new((void*)plane.Data, checked((int)Bytes(plane)));
}

using System.Runtime.CompilerServices;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute;

/// <summary>
/// Faces of 512 pixels in NV12 frames of 1920×1080, each in a frame of its own, ready to be blended again and again: for timing the blend against the bytes that it
/// must move. One face takes less than starting a kernel does, and few fit into a GPU's second-level cache: to see the memory's share, take enough faces that
/// <see cref="FloorBytes"/> is a multiple of the cache.
/// </summary>
public sealed class BlendWork : IDisposable
{
    /// <summary>Memory that a face takes: its frame, for the most part.</summary>
    public const long BytesAFace = 4 << 20;

    private const int Width = 1920, Height = 1080, FacePixels = 512, Left = 700, Top = 280;

    private readonly IFaceCompositor compositor;
    private readonly DeviceBuffer frames, slots, output;

    private BlendWork(IBackend backend, IFaceCompositor compositor)
    {
        this.compositor = compositor;
        CompositorSpec spec = compositor.Spec;
        const long frameBytes = (long)Width * Height * 3 / 2;
        List<IDisposable> made = [];
        try
        {
            made.Add(frames = backend.Allocate(spec.Slots * frameBytes, "benchmark frames"));
            made.Add(slots = backend.Allocate(spec.Slots * (long)Unsafe.SizeOf<CompositorSlot>(), "benchmark slots"));
            made.Add(output = backend.Allocate(spec.ImageCount * sizeof(float), "benchmark faces"));
            double scale = spec.Side / (double)FacePixels, centerX = Left + (FacePixels / 2), centerY = Top + (FacePixels / 2);
            Affine map = new(scale, 0, -Left * scale, 0, scale, -Top * scale);
            // A ring that reaches beyond the square on all sides: nearly the whole square is blended.
            var ring = new Point2[CompositorSlot.MaxCorners];
            for (int i = 0; i < ring.Length; i++)
                ring[i] = new Point2(centerX + (0.6 * FacePixels * Math.Cos(i * 2 * Math.PI / ring.Length)), centerY + (0.6 * FacePixels * Math.Sin(i * 2 * Math.PI / ring.Length)));
            var described = new CompositorSlot[spec.Slots];
            for (int i = 0; i < described.Length; i++)
            {
                nint luma = frames.Address + (nint)(i * frameBytes);
                described[i] = CompositorSlot.Create(spec, new FramePlanes(PixelFormat.Nv12, Width, Height, ColorMatrix.Bt709, ColorRange.Limited,
                    luma, Width, luma + (Width * Height), 0, Width), map, ring);
                FloorBytes += 2 * PackedRectangle.Bytes(PixelFormat.Nv12, described[i].Touched);
            }
            backend.Upload<CompositorSlot>(described, slots.Span<CompositorSlot>());
            Run();
        }
        catch
        {
            foreach (IDisposable part in made)
                part.Dispose();
            throw;
        }
    }

    /// <summary>Bytes that one run must move at least: every touched rectangle read once and written once.</summary>
    public long FloorBytes { get; }

    /// <summary>Faces in a run.</summary>
    public int Faces => compositor.Spec.Slots;

    /// <summary>Prepares faces; null where the backend has no compositor.</summary>
    /// <exception cref="UserErrorException">Not enough memory.</exception>
    public static BlendWork? TryCreate(IBackend backend, int faces)
    {
        if (backend.CreateCompositor(new CompositorSpec(faces, 64, MaskType.FaceHullAndRect, 0, 2, ColorAdjust.None, ElementType.Float32, Width, Height)) is not { } compositor)
            return null;
        try
        {
            return new BlendWork(backend, compositor);
        }
        catch
        {
            compositor.Dispose();
            throw;
        }
    }

    /// <summary>Enqueues the blend as a conversion does it: masks, new faces, fused blend.</summary>
    public void Run() => compositor.Blend(slots.Span<CompositorSlot>(), output.Span<float>());

    /// <summary>Enqueues the fused blend alone, where it is a kernel of its own; otherwise the same as <see cref="Run"/>.</summary>
    public void RunFused()
    {
        if (compositor is CudaCompositor cuda)
            cuda.BlendOnly(slots.Span<CompositorSlot>());
        else
            Run();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        output.Dispose();
        slots.Dispose();
        frames.Dispose();
        compositor.Dispose();
    }
}

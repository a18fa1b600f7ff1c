using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Core;

namespace FaceSwap.Compute.Cuda;

/// <summary>Sharpened faces on the device: <c>face_canvas.cu</c>, with the memory of all slots' canvases.</summary>
internal sealed class CudaCanvas : IDisposable
{
    private const int Threads = 256, BlocksASlot = 64, PixelBytes = 4, LineBytes = 16, Alignment = 256;

    private readonly CompositorSpec spec;
    private readonly CudaKernel paste, blend;
    private readonly CudaKernel? across;
    private readonly DeviceBuffer memory;
    private readonly nint weights, original, pasted, lines;

    public CudaCanvas(CudaBackend backend, in CompositorSpec spec)
    {
        this.spec = spec;
        paste = backend.Device.Kernel("fs_canvas_paste_fwd_u8");
        blend = backend.Device.Kernel("fs_canvas_blend_fwd_u8");
        across = spec.Sharpen == Sharpening.Gaussian ? backend.Device.Kernel("fs_canvas_across_fwd_f32") : null;
        float[] gauss = CompositorTables.Gauss();
        long pixels = (spec.CanvasPixels + 63) / 64 * 64;
        memory = backend.Allocate(Alignment + (pixels * (2 * PixelBytes)) + (across is null ? 0 : pixels * LineBytes), "the surroundings of faces to sharpen");
        (weights, original) = (memory.Address, memory.Address + Alignment);
        pasted = original + (nint)(pixels * PixelBytes);
        lines = across is null ? 0 : pasted + (nint)(pixels * PixelBytes);
        try
        {
            backend.Upload<float>(gauss, memory.Span<byte>().Slice(0, gauss.Length * sizeof(float)).As<float>());
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Device memory that it holds.</summary>
    public long Bytes => memory.ByteLength;

    /// <summary>Enqueues what follows the masks and the new faces.</summary>
    /// <param name="of">What the plain blend takes.</param>
    /// <param name="tiles">Blocks that share the touched rectangles.</param>
    public void Blend(in MaskedBlendArguments of, Grid3 tiles)
    {
        CanvasArguments args = new()
        {
            Slots = of.Slots,
            Patches = of.Patches,
            Runs = of.Runs,
            Bands = of.Bands,
            Tiles = of.Tiles,
            Cubic = of.Cubic,
            Weights = weights,
            Original = original,
            Pasted = pasted,
            Lines = lines,
            Count = of.Count,
            Side = of.Side,
            Rows = of.Rows,
            Box = of.Box,
            Filter = (int)spec.Sharpen,
        };
        Grid3 pixels = new(BlocksASlot, (uint)spec.Slots);
        paste.Launch(pixels, new Grid3(Threads), args);
        across?.Launch(pixels, new Grid3(Threads), args);
        blend.Launch(tiles, new Grid3(Threads), args);
    }

    public void Dispose() => memory.Dispose();
}

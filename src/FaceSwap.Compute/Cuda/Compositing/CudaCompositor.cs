using System.Runtime.InteropServices;
using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Faces cut, masked and blended on the device: <c>face_crop.cu</c>, then for the blend <c>face_mask.cu</c>, <c>face_moments.cu</c>, <c>face_patch.cu</c> and <c>masked_blend.cu</c> (or
/// <see cref="CudaCanvas"/>), and
/// <c>rect_pack.cu</c>. Grids depend on the spec alone, so that a recording holds for any slots.
/// </summary>
internal sealed class CudaCompositor : IFaceCompositor
{
    private const int Threads = 256, Alignment = 256;

    // Blocks for the kernels that share tiles: several for each multiprocessor, so that they hide each other's waits.
    private const int BlocksEach = 8;

    private readonly CudaKernel crop, mask, patch, blend, pack;
    private readonly CudaKernel? histogram, measure;
    private readonly CudaCanvas? canvas;
    private readonly DeviceBuffer scratch;
    private readonly nint runs, eroded, bands, tiles, ellipse, cubic, patches, bytes, floats, map, moments, tables; // parts of the scratch memory; 0: not needed
    private readonly Grid3 tileGrid;

    public CudaCompositor(CudaBackend backend, in CompositorSpec spec)
    {
        Spec = spec.Checked();
        CudaDevice device = backend.Device;
        crop = device.Kernel(spec.InputType == ElementType.Float32 ? "fs_crop_fwd_f32" : "fs_crop_fwd_bf16");
        mask = device.Kernel("fs_mask_rows_fwd_i32");
        patch = device.Kernel("fs_face_patch_fwd_f32");
        blend = device.Kernel("fs_masked_blend_fwd_u8");
        pack = device.Kernel("fs_rect_pack_fwd_u8");
        bool matches = spec.Color == ColorAdjust.Histogram, measures = spec.MeasuresColor;
        histogram = matches ? device.Kernel("fs_histogram_map_fwd_f32") : null;
        measure = measures ? device.Kernel("fs_face_moments_fwd_f32") : null;
        tileGrid = new Grid3((uint)(device.Multiprocessors * BlocksEach));

        (int Before, int After)[] reach = CompositorTables.Ellipse(Math.Abs(spec.ErosionSize));
        float[] weights = BicubicWeights.Table();
        long rows = (long)spec.Slots * spec.MaxHeight, pitch = spec.Side + 3, total = 0;
        long Place(long bytes)
        {
            long at = total;
            total += (bytes + Alignment - 1) / Alignment * Alignment;
            return at;
        }

        long runsAt = Place(rows * 8), erodedAt = reach.Length > 0 ? Place(rows * 8) : -1, bandsAt = Place(rows * 16);
        long tilesAt = Place((spec.Slots + 1) * sizeof(int)), ellipseAt = reach.Length > 0 ? Place(reach.Length * 8) : -1;
        long cubicAt = Place(weights.Length * sizeof(float)), patchesAt = Place(spec.Slots * pitch * pitch * 16);
        float[] curves = spec.Color == ColorAdjust.Reinhard ? LabColor.Tables() : [];
        long bytesAt = matches ? Place(spec.ImageCount) : -1, mapAt = matches ? Place(spec.Slots * 768L * sizeof(float)) : -1;
        long floatsAt = measures ? Place(spec.ImageCount * sizeof(float)) : -1, momentsAt = measures ? Place(spec.Slots * 12L * sizeof(float)) : -1;
        long tablesAt = curves.Length > 0 ? Place(curves.Length * sizeof(float)) : -1;
        scratch = backend.Allocate(total, "masks and new faces");
        try
        {
            nint At(long offset) => offset < 0 ? 0 : scratch.Address + (nint)offset;
            (runs, eroded, bands, tiles, ellipse) = (At(runsAt), At(erodedAt), At(bandsAt), At(tilesAt), At(ellipseAt));
            (cubic, patches, bytes, floats) = (At(cubicAt), At(patchesAt), At(bytesAt), At(floatsAt));
            (map, moments, tables) = (At(mapAt), At(momentsAt), At(tablesAt));
            backend.Upload<float>(weights, scratch.Span<byte>().Slice(cubicAt, weights.Length * sizeof(float)).As<float>());
            if (curves.Length > 0)
                backend.Upload<float>(curves, scratch.Span<byte>().Slice(tablesAt, curves.Length * sizeof(float)).As<float>());
            if (reach.Length > 0)
                backend.Upload(MemoryMarshal.Cast<(int, int), int>(reach), scratch.Span<byte>().Slice(ellipseAt, reach.Length * 8L).As<int>());
            canvas = spec.UsesCanvas ? new CudaCanvas(backend, spec) : null;
        }
        catch
        {
            scratch.Dispose();
            throw;
        }
    }

    public CompositorSpec Spec { get; }

    public long ScratchBytes => scratch.ByteLength + (canvas?.Bytes ?? 0);

    public void Crop(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> networkInput) =>
        crop.Launch(Elements(Spec.Side * Spec.Side), new Grid3(Threads), new FaceCropArguments
        {
            Slots = Pointer(slots),
            Input = CudaSpan.Pointer(networkInput, Spec.ImageCount * Spec.InputType.Bytes(), nameof(networkInput)),
            Bytes = bytes,
            Floats = floats,
            Side = Spec.Side,
        });

    public void Blend(DeviceSpan<CompositorSlot> slots, DeviceSpan<float> networkOutput)
    {
        nint from = Pointer(slots), output = CudaSpan.Pointer(networkOutput, Spec.ImageCount, nameof(networkOutput));
        mask.Launch(new Grid3((uint)Spec.Slots), new Grid3(Threads), new FaceMaskArguments
        {
            Slots = from,
            Runs = runs,
            Other = eroded,
            Bands = bands,
            Tiles = tiles,
            Ellipse = ellipse,
            Count = Spec.Slots,
            Side = Spec.Side,
            Rows = Spec.MaxHeight,
            Mask = (int)Spec.Mask,
            Erosion = Spec.ErosionSize,
            Box = Spec.Box,
        });
        histogram?.Launch(new Grid3((uint)Spec.Slots), new Grid3(Threads), new HistogramArguments
        {
            Slots = from,
            Output = output,
            Crops = bytes,
            Map = map,
            Side = Spec.Side,
        });
        measure?.Launch(new Grid3((uint)Spec.Slots), new Grid3(Threads), new FaceMomentsArguments
        {
            Slots = from,
            Output = output,
            Crops = floats,
            Tables = tables,
            Moments = moments,
            Side = Spec.Side,
            Mask = (int)Spec.Mask,
            Lab = Lab,
        });
        patch.Launch(Elements((Spec.Side + 3) * (Spec.Side + 3)), new Grid3(Threads), new FacePatchArguments
        {
            Slots = from,
            Output = output,
            Map = map,
            Moments = moments,
            Tables = tables,
            Patches = patches,
            Side = Spec.Side,
            Lab = Lab,
            Bgr = Spec.UsesCanvas ? 1 : 0,
        });
        if (canvas is not null)
            canvas.Blend(BlendArguments(from), tileGrid);
        else
            BlendOnly(slots);
    }

    public void Pack(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> packed) => pack.Launch(tileGrid, new Grid3(Threads), new RectPackArguments
    {
        Slots = Pointer(slots),
        Tiles = tiles,
        Packed = CudaSpan.Pointer(packed, packed.Length, nameof(packed)),
        Count = Spec.Slots,
    });

    /// <summary>The fused blend alone, on the masks and faces of the last <see cref="Blend"/>: to time it.</summary>
    public void BlendOnly(DeviceSpan<CompositorSlot> slots) => blend.Launch(tileGrid, new Grid3(Threads), BlendArguments(Pointer(slots)));

    public void Dispose()
    {
        canvas?.Dispose();
        scratch.Dispose();
    }

    private MaskedBlendArguments BlendArguments(nint slots) => new()
    {
        Slots = slots,
        Patches = patches,
        Runs = eroded != 0 ? eroded : runs,
        Bands = bands,
        Tiles = tiles,
        Cubic = cubic,
        Count = Spec.Slots,
        Side = Spec.Side,
        Rows = Spec.MaxHeight,
        Box = Spec.Box,
    };

    private int Lab => Spec.Color == ColorAdjust.Reinhard ? 1 : 0;

    private nint Pointer(DeviceSpan<CompositorSlot> slots) => CudaSpan.Pointer(slots, Spec.Slots, nameof(slots));

    private Grid3 Elements(int count) => new((uint)((count + Threads - 1) / Threads), (uint)Spec.Slots);
}

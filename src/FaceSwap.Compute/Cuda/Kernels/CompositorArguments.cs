using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Parameter of the kernels in <c>face_crop.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_crop_fwd_f32", "fs_crop_fwd_bf16")]
internal struct FaceCropArguments
{
    public nint Slots, Input, Bytes, Floats;
    public int Side, Reserved;
}

/// <summary>Parameter of <c>fs_mask_rows_fwd_i32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_mask_rows_fwd_i32")]
internal struct FaceMaskArguments
{
    public nint Slots, Runs, Other, Bands, Tiles, Ellipse;
    public int Count, Side, Rows, Mask, Erosion, Box;
}

/// <summary>Parameter of <c>fs_histogram_map_fwd_f32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_histogram_map_fwd_f32")]
internal struct HistogramArguments
{
    public nint Slots, Output, Crops, Map;
    public int Side, Reserved;
}

/// <summary>Parameter of <c>fs_face_moments_fwd_f32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_face_moments_fwd_f32")]
internal struct FaceMomentsArguments
{
    public nint Slots, Output, Crops, Tables, Moments;
    public int Side, Mask, Lab, Reserved;
}

/// <summary>Parameter of <c>fs_face_patch_fwd_f32</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_face_patch_fwd_f32")]
internal struct FacePatchArguments
{
    public nint Slots, Output, Map, Moments, Tables, Patches;
    public int Side, Lab, Bgr, Reserved;
}

/// <summary>Parameter of <c>fs_masked_blend_fwd_u8</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_masked_blend_fwd_u8")]
internal struct MaskedBlendArguments
{
    public nint Slots, Patches, Runs, Bands, Tiles, Cubic;
    public int Count, Side, Rows, Box;
}

/// <summary>Parameter of the kernels in <c>face_canvas.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_canvas_paste_fwd_u8", "fs_canvas_across_fwd_f32", "fs_canvas_blend_fwd_u8")]
internal struct CanvasArguments
{
    public nint Slots, Patches, Runs, Bands, Tiles, Cubic, Weights, Original, Pasted, Lines;
    public int Count, Side, Rows, Box, Filter, Reserved;
}

/// <summary>Parameter of <c>fs_rect_pack_fwd_u8</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_rect_pack_fwd_u8")]
internal struct RectPackArguments
{
    public nint Slots, Tiles, Packed;
    public int Count, Reserved;
}

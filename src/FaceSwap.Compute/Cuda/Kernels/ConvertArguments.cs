using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>Parameter of the kernels in <c>convert.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_convert_f32_bf16", "fs_convert_bf16_f32", "fs_convert_copy")]
internal struct ConvertArguments
{
    public nint From, To;
    public long Count; // elements; bytes for the copy
}

/// <summary>Parameter of <c>fs_increment_i64</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
[KernelArguments("fs_increment_i64")]
internal struct IncrementArguments
{
    public nint Counter;
    public long Amount;
}

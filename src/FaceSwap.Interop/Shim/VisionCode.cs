using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>The builds of the shim's face detection, one for each instruction set.</summary>
public static unsafe class VisionCode
{
    /// <summary>Chooses the best build for this processor.</summary>
    public const int Best = -1;

    /// <summary>The name of a build (0 baseline, 1 AVX2, 2 AVX-512, <see cref="Best"/>), or null when this processor or this shim has it not.</summary>
    public static string? Name(int index) => Marshal.PtrToStringUTF8((nint)ShimNative.fs_vision_isa_name(index));
}

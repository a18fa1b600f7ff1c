using System.Runtime.InteropServices;

namespace FaceSwap.Cuda.Tests;

internal static unsafe partial class FakeCuda
{
    /// <summary>Has cuDNN refuse something: <c>everything</c>, <c>asymmetric_padding</c>, <c>fused</c>, <c>tensor_core</c>, <c>plain</c>,
    /// <c>deterministic</c>, <c>wgrad_f32_from_bf16</c>. <see cref="fake_cuda_allow_all"/> ends it.</summary>
    public static void RefuseCudnn(string rule) => fake_cudnn_refuse(rule, 1);

    /// <summary>Has cuBLASLt refuse something: <c>everything</c>, <c>bias_epilogue</c>, <c>split_k</c>, <c>tf32</c>.</summary>
    public static void RefuseCublasLt(string rule) => fake_cublaslt_refuse(rule, 1);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void fake_cudnn_refuse(string rule, int on);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void fake_cublaslt_refuse(string rule, int on);
}

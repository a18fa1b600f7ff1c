using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>A tensor of a cuDNN graph: four dimensions in the order that cuDNN names them, (n, c, h, w), whatever their order in memory.</summary>
/// <param name="Id">Unique in its graph; execution names pointers by it.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Dimensions">n, c, h, w.</param>
/// <param name="Strides">Elements from one index to the next, in the same order.</param>
/// <param name="IsVirtual">True for an intermediate result that never reaches memory.</param>
internal sealed record CudnnTensor(long Id, CudnnDataType Type, long[] Dimensions, long[] Strides, bool IsVirtual = false)
{
    /// <summary>What every pointer handed to cuDNN is a multiple of: plans lay tensors out on 64-byte boundaries, and no engine asks for more than 16.</summary>
    public const long Alignment = 16;

    /// <summary>An activation, (N, H, W, C) in memory.</summary>
    public static CudnnTensor Activation(long id, CudnnDataType type, long n, long h, long w, long c, bool isVirtual = false) =>
        new(id, type, [n, c, h, w], [h * w * c, 1, w * c, c], isVirtual);

    /// <summary>A convolution's kernel, (K, R, S, C) in memory: n is the output channel.</summary>
    public static CudnnTensor Filter(long id, CudnnDataType type, long k, long r, long s, long c) => Activation(id, type, k, r, s, c);

    /// <summary>One number a channel.</summary>
    public static CudnnTensor Bias(long id, CudnnDataType type, long c) => new(id, type, [1, c, 1, 1], [c, 1, c, c]);
}

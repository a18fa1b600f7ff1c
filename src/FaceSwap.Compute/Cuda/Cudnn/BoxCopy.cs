using FaceSwap.Compute.Cuda.Kernels;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Copies between a block and a wider one that holds it at its beginning and zeros elsewhere: rows and columns are added at the end of each image,
/// channels at the end of each pixel, images (output channels of a kernel) at the end. Channels are padding of rows of one channel each to the kernels; rows
/// and columns together with channels take two steps.
/// </summary>
internal static class BoxCopy
{
    /// <summary>Scratch bytes for a copy either way.</summary>
    public static long ScratchBytes(ElementType type, BoxShape narrow, BoxShape wide) =>
        InTwoSteps(narrow, wide) ? Between(narrow, wide).Count * type.Bytes() : 0;

    /// <summary>wide = narrow, and zeros.</summary>
    public static void Widen(CudaDevice device, ElementType type, nint from, BoxShape narrow, nint to, BoxShape wide, nint scratch)
    {
        if (InTwoSteps(narrow, wide))
        {
            CudaElementwise.Pad(device, type, from, scratch, Rows(narrow, Between(narrow, wide)));
            (from, narrow) = (scratch, Between(narrow, wide));
        }
        CudaElementwise.Pad(device, type, from, to, narrow.C != wide.C || narrow.N != wide.N ? Rows(narrow, wide) : Images(narrow, wide));
    }

    /// <summary>narrow = its part of wide.</summary>
    public static void Narrow(CudaDevice device, ElementType type, nint from, BoxShape wide, nint to, BoxShape narrow, nint scratch)
    {
        if (InTwoSteps(narrow, wide))
        {
            CudaElementwise.Crop(device, type, from, scratch, Images(Between(narrow, wide), wide));
            (from, wide) = (scratch, Between(narrow, wide));
        }
        CudaElementwise.Crop(device, type, from, to, narrow.C != wide.C || narrow.N != wide.N ? Rows(narrow, wide) : Images(narrow, wide));
    }

    private static bool InTwoSteps(BoxShape narrow, BoxShape wide) => narrow.C != wide.C && (narrow.H != wide.H || narrow.W != wide.W);

    // The images' size of the one, the pixels' of the other.
    private static BoxShape Between(BoxShape narrow, BoxShape wide) => narrow with { C = wide.C };

    private static Padding Images(BoxShape narrow, BoxShape wide) => new(narrow.N, narrow.H, narrow.W, narrow.C, 0, 0, wide.H, wide.W);

    // Pixels as the rows of one image whose pixels are the channels.
    private static Padding Rows(BoxShape narrow, BoxShape wide) =>
        new(1, narrow.N * narrow.H * narrow.W, narrow.C, 1, 0, 0, wide.N * wide.H * wide.W, wide.C);
}

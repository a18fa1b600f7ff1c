namespace FaceSwap.Core.Frames;

/// <summary>A view of one plane of samples. It owns nothing: it is valid while the frame it came from is.</summary>
/// <param name="Data">The first sample of the first row.</param>
/// <param name="Stride">Bytes from one row to the next.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="PixelStride">Bytes from one pixel to the next in a row: 1 for Y, U, V and grey of 8 bits and 2 of more; 3 for BGR; 2 for NV12's chroma.</param>
public readonly unsafe record struct PlaneView(nint Data, int Stride, int Width, int Height, int PixelStride)
{
    /// <summary>The address of row <paramref name="y"/>.</summary>
    public byte* Row(int y) => (byte*)Data + ((nint)y * Stride);

    /// <summary>Row <paramref name="y"/> as <c>Width · PixelStride</c> bytes.</summary>
    public Span<byte> RowSpan(int y) => new(Row(y), Width * PixelStride);
}

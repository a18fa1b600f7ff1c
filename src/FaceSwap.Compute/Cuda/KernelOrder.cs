namespace FaceSwap.Compute.Cuda;

/// <summary>Convolution kernels between Keras order, (R, S, C, K), and cuDNN's for channels last, (K, R, S, C).</summary>
internal static class KernelOrder
{
    private const int Tile = 32; // 32 columns of 32 floats: both sides of a tile stay in the first-level cache

    /// <summary>to[k − first, r, s, c] = from[r, s, c, k] for <paramref name="count"/> of k from <paramref name="first"/> on.</summary>
    public static void FromKeras(ReadOnlySpan<float> from, Span<float> to, int taps, int inputs, int outputs, int first, int count)
    {
        for (int tap = 0; tap < taps; tap++)
            Transpose(from.Slice(tap * inputs * outputs, inputs * outputs)[first..], outputs, to[(tap * inputs)..], taps * inputs, inputs, count);
    }

    /// <summary>to[r, s, c, k] = from[k, r, s, c].</summary>
    public static void ToKeras(ReadOnlySpan<float> from, Span<float> to, int taps, int inputs, int outputs)
    {
        for (int tap = 0; tap < taps; tap++)
            Transpose(from[(tap * inputs)..], taps * inputs, to.Slice(tap * inputs * outputs, inputs * outputs), outputs, outputs, inputs);
    }

    // to[column, row] = from[row, column].
    private static void Transpose(ReadOnlySpan<float> from, int fromStride, Span<float> to, int toStride, int rows, int columns)
    {
        for (int row0 = 0; row0 < rows; row0 += Tile)
        {
            int rowEnd = Math.Min(rows, row0 + Tile);
            for (int column0 = 0; column0 < columns; column0 += Tile)
            {
                int columnEnd = Math.Min(columns, column0 + Tile);
                for (int column = column0; column < columnEnd; column++)
                {
                    for (int row = row0; row < rowEnd; row++)
                        to[(column * toStride) + row] = from[(row * fromStride) + column];
                }
            }
        }
    }
}

namespace FaceSwap.Models;

/// <summary>One convolution of a face network with what follows it folded in: y = act(conv(x, kernel) + bias).</summary>
/// <param name="Inputs">Input channels.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Kernel">Height and width of the kernel.</param>
/// <param name="Stride">Stride both ways.</param>
/// <param name="Padding">Zeros on each side of the input.</param>
/// <param name="Values">(K, K, Cin, Cout).</param>
/// <param name="Bias">(Cout).</param>
public sealed record FaceConv(int Inputs, int Outputs, int Kernel, int Stride, int Padding, float[] Values, float[] Bias)
{
    /// <summary>Multiplies each output channel by a factor and adds an offset: dlib's <c>affine</c> layer.</summary>
    internal FaceConv Then(ReadOnlySpan<float> factor, ReadOnlySpan<float> offset)
    {
        var values = new float[Values.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = Values[i] * factor[i % Outputs];
        var bias = new float[Outputs];
        for (int c = 0; c < Outputs; c++)
            bias[c] = (Bias[c] * factor[c]) + offset[c];
        return this with { Values = values, Bias = bias };
    }
}

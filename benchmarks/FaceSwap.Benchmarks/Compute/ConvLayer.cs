using FaceSwap.Compute;

namespace FaceSwap.Benchmarks.Compute;

/// <summary>A convolution of the Original model.</summary>
public sealed record ConvLayer(string Name, int Side, int Inputs, int Outputs, int Kernel, int Stride, bool Shuffled)
{
    /// <summary>Encoder, then decoder, the smallest work first: tests run that alone.</summary>
    public static IReadOnlyList<ConvLayer> All { get; } =
    [
        new("down 3→128", 64, 3, 128, 5, 2, false),
        new("down 128→256", 32, 128, 256, 5, 2, false),
        new("down 256→512", 16, 256, 512, 5, 2, false),
        new("down 512→1024", 8, 512, 1024, 5, 2, false),
        new("up 1024→512, encoder", 4, 1024, 2048, 3, 1, true),
        new("up 512→256", 8, 512, 1024, 3, 1, true),
        new("up 256→128", 16, 256, 512, 3, 1, true),
        new("up 128→64", 32, 128, 256, 3, 1, true),
        new("output 64→3", 64, 64, 3, 5, 1, false),
    ];

    /// <summary>The layer as a backend takes it.</summary>
    public Conv2dSpec Spec(int batch, Precision precision, bool training, bool inputGradient) => new(batch, Side, Side, Inputs, Outputs, Kernel, Stride,
        Outputs == 3 ? Activation.None : Activation.LeakyRelu, 0.1f, Shuffled, precision, training, inputGradient);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Kernel}×{Kernel}{(Stride > 1 ? $" s{Stride}" : "")}{(Shuffled ? ", shuffle" : "")}, {Side}²";
}

/// <summary>What of a product is run.</summary>
public enum Pass
{
    /// <summary>y = x·W.</summary>
    Forward,

    /// <summary>Gradient of the kernel (and of the bias).</summary>
    Weights,

    /// <summary>Gradients of the kernel and of the input.</summary>
    WeightsAndData,
}

using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Interop;

namespace FaceSwap.Cuda.Tests;

/// <summary>What of a convolution's forms can be checked without a device: shapes, orders, rules.</summary>
public class ConvolutionFormTests
{
    // (input + padding before + after − kernel) / stride + 1 is how cuDNN counts results: it must give 'same' padding's count in every form.
    [Fact]
    public void Every_shape_has_the_results_that_same_padding_asks_for()
    {
        for (int size = 1; size <= 12; size++)
        {
            for (int kernel = 1; kernel <= 6; kernel++)
            {
                for (int stride = 1; stride <= 4; stride++)
                {
                    Conv2dSpec spec = Spec(size, size + 1, kernel, stride);
                    ConvolutionShape shape = ConvolutionShape.Of(spec), symmetric = shape.Symmetric();
                    Assert.Equal(spec.ConvHeight, Results(shape.InHeight, shape.PadTop, shape.PadBottom, kernel, stride));
                    Assert.Equal(spec.ConvWidth, Results(shape.InWidth, shape.PadLeft, shape.PadRight, kernel, stride));
                    Assert.Equal(spec.ConvHeight, Results(symmetric.InHeight, symmetric.PadTop, symmetric.PadBottom, kernel, stride));
                    Assert.Equal(spec.ConvWidth, Results(symmetric.InWidth, symmetric.PadLeft, symmetric.PadRight, kernel, stride));
                    Assert.False(symmetric.IsAsymmetric);
                    Assert.InRange(symmetric.InHeight - shape.InHeight, 0, 1);
                }
            }
        }
    }

    [Fact]
    public void Five_by_five_with_stride_two_is_padded_once_before_and_twice_after()
    {
        ConvolutionShape shape = ConvolutionShape.Of(Spec(64, 64, 5, 2));
        Assert.Equal((1, 1, 2, 2), (shape.PadTop, shape.PadLeft, shape.PadBottom, shape.PadRight));
        ConvolutionShape symmetric = shape.Symmetric();
        Assert.Equal((65, 65, 1, 1), (symmetric.InHeight, symmetric.InWidth, symmetric.PadBottom, symmetric.PadRight));
        Assert.Equal((8, 16), (shape.WithChannelsOf(8).InChannels, shape.WithChannelsOf(8).OutChannels));
    }

    [Fact]
    public void Kernels_change_order_and_back()
    {
        const int Taps = 4, Inputs = 35, Outputs = 67;
        float[] keras = [.. Enumerable.Range(0, Taps * Inputs * Outputs).Select(i => (float)i)];
        float[] ordered = new float[keras.Length], back = new float[keras.Length];
        const int Half = 40; // in two parts
        KernelOrder.FromKeras(keras, ordered, Taps, Inputs, Outputs, 0, Half);
        KernelOrder.FromKeras(keras, ordered.AsSpan(Half * Taps * Inputs), Taps, Inputs, Outputs, Half, Outputs - Half);
        for (int k = 0; k < Outputs; k++)
        {
            for (int tap = 0; tap < Taps; tap++)
            {
                for (int c = 0; c < Inputs; c++)
                    Assert.Equal(keras[(((tap * Inputs) + c) * Outputs) + k], ordered[(((k * Taps) + tap) * Inputs) + c]);
            }
        }
        KernelOrder.ToKeras(ordered, back, Taps, Inputs, Outputs);
        Assert.Equal(keras, back);
    }

    [Theory]
    [InlineData(Precision.Fp32, false, CudnnNumericalNote.TensorCore, false)]
    [InlineData(Precision.Fp32, false, CudnnNumericalNote.DownConvertInputs, false)]
    [InlineData(Precision.Fp32, false, CudnnNumericalNote.Nondeterministic, true)]
    [InlineData(Precision.Fp32, false, CudnnNumericalNote.StrictNanPropagation, true)]
    [InlineData(Precision.Tf32, false, CudnnNumericalNote.TensorCore, true)]
    [InlineData(Precision.Tf32, false, CudnnNumericalNote.DownConvertInputs, true)]
    [InlineData(Precision.Tf32, true, CudnnNumericalNote.Nondeterministic, false)]
    [InlineData(Precision.Bf16, false, CudnnNumericalNote.TensorCore, true)]
    [InlineData(Precision.Bf16, false, CudnnNumericalNote.Nondeterministic, true)]
    [InlineData(Precision.Bf16, true, CudnnNumericalNote.Nondeterministic, false)]
    [InlineData(Precision.Bf16, false, CudnnNumericalNote.ReducedPrecisionReduction, false)]
    [InlineData(Precision.Bf16, false, CudnnNumericalNote.Winograd, false)]
    [InlineData(Precision.Fp32, false, CudnnNumericalNote.WinogradTile4x4, false)]
    [InlineData(Precision.Fp32, false, CudnnNumericalNote.WinogradTile6x6, false)]
    [InlineData(Precision.Fp32, false, CudnnNumericalNote.WinogradTile13x13, false)]
    [InlineData(Precision.Tf32, false, CudnnNumericalNote.Fft, false)]
    public void Notes_decide_which_engines_may_be_used(Precision precision, bool deterministic, CudnnNumericalNote note, bool allowed) =>
        Assert.Equal(allowed, new EngineRules(precision, deterministic).Allow(new HashSet<CudnnNumericalNote> { note }, new HashSet<CudnnBehaviorNote>()));

    [Theory]
    [InlineData(CudnnBehaviorNote.RuntimeCompilation, true)]
    [InlineData(CudnnBehaviorNote.SupportsCudaGraphNativeApi, true)]
    [InlineData(CudnnBehaviorNote.RequiresFilterInt8x32Reorder, false)]
    [InlineData(CudnnBehaviorNote.RequiresBiasInt8x32Reorder, false)]
    public void Engines_that_want_reordered_operands_are_out(CudnnBehaviorNote note, bool allowed) =>
        Assert.Equal(allowed, new EngineRules(Precision.Bf16, true).Allow(new HashSet<CudnnNumericalNote>(), new HashSet<CudnnBehaviorNote> { note }));

    private static Conv2dSpec Spec(int height, int width, int kernel, int stride) =>
        new(2, height, width, 3, 9, kernel, stride, Activation.None, 0, false, Precision.Fp32, Training: true, InputGradient: true);

    private static int Results(int inputs, int before, int after, int kernel, int stride) => ((inputs + before + after - kernel) / stride) + 1;
}

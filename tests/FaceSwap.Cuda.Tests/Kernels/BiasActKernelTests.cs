using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Cuda.Kernels;

namespace FaceSwap.Cuda.Tests.Kernels;

/// <summary>Bias, LeakyReLU and pixel shuffle with their gradients against plain loops: element by element to the bit, sums to their rounding.</summary>
public class BiasActKernelTests : CudaTest
{
    private const float Slope = 0.1f;

    // Batch, height, width, channels: whole 16-byte groups; odd; fewer than a warp; more groups than a block has threads; one pixel; many.
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 2, 3, 5, 16 }, { 1, 1, 1, 4 }, { 3, 4, 3, 12 }, { 2, 2, 2, 20 }, { 1, 2, 3, 1100 }, { 1, 3, 1, 4096 }, { 3, 17, 13, 8 }, { 5, 7, 9, 64 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward(int batch, int height, int width, int channels) => ForEachCase(batch, height, width, channels, (backend, spec, type, offset) =>
    {
        float[] conv = KernelMemory.Noise(spec.OutputCount, 1, type), bias = KernelMemory.Noise(channels, 2);
        using var memory = new KernelMemory(backend);
        DeviceSpan<byte> x = memory.Of(conv, type, offset), b = memory.Of(bias, ElementType.Float32, 4), y = memory.Room(spec.OutputCount, type, offset);
        CudaBiasAct.Forward(backend.Device, type, x.Address, b.Address, y.Address, spec);
        float[] expected = Expected(spec, conv, (value, k) => KernelMemory.Round(Act(spec, value + bias[k]), type));
        Assert.Equal(expected, memory.Read(y, type));
        memory.AssertGuards();
        if (spec.PixelShuffle)
            return;
        CudaBiasAct.Forward(backend.Device, type, x.Address, b.Address, x.Address, spec);
        Assert.Equal(expected, memory.Read(x, type));
    });

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward(int batch, int height, int width, int channels) => ForEachCase(batch, height, width, channels, (backend, spec, type, offset) =>
    {
        float[] gradient = KernelMemory.Noise(spec.OutputCount, 3, type), output = KernelMemory.Noise(spec.OutputCount, 4, type);
        using var memory = new KernelMemory(backend);
        DeviceSpan<byte> dy = memory.Of(gradient, type, offset), y = memory.Of(output, type, offset), dconv = memory.Room(spec.OutputCount, type, offset),
            dBias = memory.Room(channels, ElementType.Float32, 4),
            partials = memory.Room(CudaBiasAct.PartialBytes(backend.Device, spec) / sizeof(float), ElementType.Float32);
        CudaBiasAct.Backward(backend.Device, type, dy.Address, y.Address, dconv.Address, dBias.Address, partials.Address, spec);
        float[] expected = new float[spec.OutputCount];
        double[] sums = new double[channels], magnitudes = new double[channels];
        for (long i = 0; i < expected.Length; i++)
        {
            long from = OutputIndex(spec, i);
            float value = spec.Activation == Activation.None || output[from] >= 0 ? gradient[from] : Slope * gradient[from];
            expected[i] = KernelMemory.Round(value, type);
            sums[i % channels] += value;
            magnitudes[i % channels] += Math.Abs(value);
        }
        Assert.Equal(expected, memory.Read(dconv, type));
        AssertSums(sums, magnitudes, expected.Length / channels, memory.Read(dBias, ElementType.Float32));
        float[] first = memory.Read(dBias, ElementType.Float32);
        CudaBiasAct.Backward(backend.Device, type, dy.Address, y.Address, dconv.Address, dBias.Address, partials.Address, spec);
        Assert.Equal(first, memory.Read(dBias, ElementType.Float32));
        if (!spec.PixelShuffle)
        {
            CudaBiasAct.Backward(backend.Device, type, dy.Address, y.Address, dy.Address, dBias.Address, partials.Address, spec);
            Assert.Equal(expected, memory.Read(dy, type));
            Assert.Equal(first, memory.Read(dBias, ElementType.Float32));
        }
        memory.AssertGuards();
    });

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1024)]
    [InlineData(65, 37)]
    [InlineData(64, 520)]
    public void Dense_bias(int rows, int channels)
    {
        using var backend = Open();
        foreach ((ElementType type, int offset) in TypesAndOffsets())
        {
            float[] gradient = KernelMemory.Noise((long)rows * channels, 5, type);
            using var memory = new KernelMemory(backend);
            DeviceSpan<byte> dy = memory.Of(gradient, type, offset), dBias = memory.Room(channels, ElementType.Float32, 4);
            CudaBiasAct.Sum(backend.Device, type, dy.Address, dBias.Address, rows, channels);
            double[] sums = new double[channels], magnitudes = new double[channels];
            for (int i = 0; i < gradient.Length; i++)
            {
                sums[i % channels] += gradient[i];
                magnitudes[i % channels] += Math.Abs(gradient[i]);
            }
            AssertSums(sums, magnitudes, rows, memory.Read(dBias, ElementType.Float32));
            memory.AssertGuards();
        }
    }

    [Fact]
    public void Numbers_that_are_not_finite_stay_in_their_channel_and_show()
    {
        using var backend = Open();
        Conv2dSpec spec = Spec(2, 3, 3, 8, true, false, ElementType.Float32);
        float[] gradient = KernelMemory.Noise(spec.OutputCount, 6), output = KernelMemory.Noise(spec.OutputCount, 7);
        (gradient[3], gradient[12], output[5]) = (float.NaN, float.PositiveInfinity, float.NaN);
        using var memory = new KernelMemory(backend);
        DeviceSpan<byte> dy = memory.Of(gradient, ElementType.Float32), y = memory.Of(output, ElementType.Float32),
            dBias = memory.Room(8, ElementType.Float32), bias = memory.Of(new float[8], ElementType.Float32),
            partials = memory.Room(CudaBiasAct.PartialBytes(backend.Device, spec) / 4, ElementType.Float32);
        CudaBiasAct.Backward(backend.Device, ElementType.Float32, dy.Address, y.Address, dy.Address, dBias.Address, partials.Address, spec);
        float[] sums = memory.Read(dBias, ElementType.Float32);
        Assert.True(float.IsNaN(sums[3]) && float.IsInfinity(sums[4]));
        Assert.All(sums.Where((_, k) => k is not 3 and not 4), sum => Assert.True(float.IsFinite(sum)));
        CudaBiasAct.Forward(backend.Device, ElementType.Float32, y.Address, bias.Address, y.Address, spec);
        float[] values = memory.Read(y, ElementType.Float32);
        Assert.Equal([5], Enumerable.Range(0, values.Length).Where(i => float.IsNaN(values[i])));
    }

    private void ForEachCase(int batch, int height, int width, int channels, Action<CudaBackend, Conv2dSpec, ElementType, int> check)
    {
        using var backend = Open();
        foreach ((ElementType type, int offset) in TypesAndOffsets())
        {
            CudaBiasAct.Prepare(backend.Device, type);
            foreach (bool active in new[] { true, false })
            {
                foreach (bool shuffle in channels % 4 == 0 ? new[] { true, false } : [false])
                    check(backend, Spec(batch, height, width, channels, active, shuffle, type), type, offset);
            }
        }
    }

    // Aligned, and off by one element of fp32 or of bf16.
    private static (ElementType Type, int Offset)[] TypesAndOffsets() =>
        [(ElementType.Float32, 0), (ElementType.Float32, 4), (ElementType.BFloat16, 0), (ElementType.BFloat16, 2)];

    private static Conv2dSpec Spec(int batch, int height, int width, int channels, bool active, bool shuffle, ElementType type) => new(batch, height, width,
        1, channels, 1, 1, active ? Activation.LeakyRelu : Activation.None, Slope, shuffle, type == ElementType.Float32 ? Precision.Fp32 : Precision.Bf16,
        true, true);

    private static float Act(in Conv2dSpec spec, float value) => spec.Activation == Activation.None || value >= 0 ? value : Slope * value;

    // Where element i of the convolution's result is in the output.
    private static long OutputIndex(in Conv2dSpec spec, long i)
    {
        if (!spec.PixelShuffle)
            return i;
        int c = spec.OutChannels / 4, k = (int)(i % spec.OutChannels);
        long pixel = i / spec.OutChannels, x = pixel % spec.ConvWidth, row = pixel / spec.ConvWidth; // row: n·h + y
        return (((((2 * row) + (k / (2 * c))) * spec.OutWidth) + (2 * x) + (k / c % 2)) * c) + (k % c);
    }

    private static float[] Expected(in Conv2dSpec spec, float[] conv, Func<float, int, float> value)
    {
        float[] y = new float[conv.Length];
        for (long i = 0; i < conv.Length; i++)
            y[OutputIndex(spec, i)] = value(conv[i], (int)(i % spec.OutChannels));
        return y;
    }

    // A sum of n terms in single precision, in whatever order, errs by less than 8·√n·2⁻²⁴ of the terms' magnitude.
    private static void AssertSums(double[] expected, double[] magnitudes, long terms, float[] actual)
    {
        for (int k = 0; k < expected.Length; k++)
            Assert.InRange(actual[k] - expected[k], -8 * Math.Sqrt(terms) / (1 << 24) * magnitudes[k], 8 * Math.Sqrt(terms) / (1 << 24) * magnitudes[k]);
    }
}

using System.Runtime.InteropServices;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.TestKit;

namespace FaceSwap.Compute.Tests;

/// <summary>
/// Convolutions and dense layers of the CPU backend against the reference: odd sizes, every formulation (direct, gathered, spread),
/// every panel width, batches that fill tiles and pairs and ones that do not.
/// To add a case: a line in <see cref="Convolutions"/> or <see cref="DenseLayers"/>.
/// </summary>
public sealed class CpuProductTests : IDisposable
{
    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    // batch, height, width, channels in, channels out, kernel, stride, shuffle
    public static TheoryData<int, int, int, int, int, int, int, bool> Convolutions => new()
    {
        { 1, 4, 4, 16, 16, 3, 1, false },
        { 2, 5, 7, 17, 19, 3, 1, false },
        { 3, 9, 6, 20, 24, 5, 2, false },
        { 16, 4, 4, 64, 128, 3, 1, true },
        { 5, 8, 8, 32, 40, 3, 1, true },   // a quarter of 10 channels: no vector keeps together in the shuffle
        { 4, 7, 5, 3, 20, 5, 2, false },   // gathered
        { 4, 7, 5, 3, 3, 3, 1, false },
        { 2, 6, 7, 70, 3, 5, 1, false },   // spread
        { 3, 9, 9, 130, 96, 4, 2, false },
        { 6, 3, 3, 33, 65, 3, 2, false },
        { 1, 2, 2, 16, 12, 5, 1, true },
        { 2, 1, 5, 18, 9, 3, 2, false },
        { 17, 8, 8, 16, 64, 5, 2, false },
        { 4, 12, 12, 16, 100, 3, 1, true },
        { 3, 5, 5, 16, 9, 1, 2, false },   // input pixels that no output sees
    };

    public static TheoryData<int, int, int> DenseLayers => new() { { 1, 100, 70 }, { 16, 130, 200 }, { 2, 7, 5 }, { 7, 64, 17 } };

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolution_agrees_with_the_reference(int batch, int height, int width, int input, int output, int kernel, int stride, bool shuffle)
    {
        foreach (Precision precision in new[] { Precision.Fp32, Precision.Bf16 })
        {
            if (!cpu.Supports(precision))
                continue;
            var spec = new Conv2dSpec(batch, height, width, input, output, kernel, stride, Activation.LeakyRelu, 0.1f, shuffle, precision, true, true);
            Compare(precision, spec.KernelCount, output, spec.InputCount, spec.OutputCount, kernel * kernel * input,
                (backend, at) => new Operation(backend.CreateConv2d(spec with { Precision = at })));
        }
    }

    [Theory]
    [MemberData(nameof(DenseLayers))]
    public void Dense_agrees_with_the_reference(int batch, int inputs, int outputs)
    {
        foreach (Precision precision in new[] { Precision.Fp32, Precision.Bf16 })
        {
            if (!cpu.Supports(precision))
                continue;
            var spec = new DenseSpec(batch, inputs, outputs, precision, true, true);
            Compare(precision, spec.KernelCount, outputs, (long)batch * inputs, (long)batch * outputs, inputs,
                (backend, at) => new Operation(backend.CreateDense(spec with { Precision = at })));
        }
    }

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void A_kernel_can_be_imported_in_parts(int batch, int height, int width, int input, int output, int kernel, int stride, bool shuffle)
    {
        foreach ((Precision precision, bool training) in new[] { (Precision.Fp32, false), (Precision.Bf16, true), (Precision.Bf16, false) })
        {
            if (!cpu.Supports(precision))
                continue;
            var spec = new Conv2dSpec(batch, height, width, input, output, kernel, stride, Activation.LeakyRelu, 0.1f, shuffle, precision, training, true);
            using IConv2d operation = cpu.CreateConv2d(spec);
            using DeviceBuffer whole = cpu.Allocate(operation.KernelStorage * sizeof(float), "a kernel"), parts = cpu.Allocate(operation.KernelStorage * sizeof(float), "a kernel");
            float[] keras = new Values(spec.KernelCount, output, 1, 1, precision).Kernel;
            operation.ImportKernel(keras, whole.Span<float>());
            int unit = operation.ImportUnit;
            if (unit == 0)
            {
                Assert.Equal(3, output); // spread: columns are made of several taps
                Assert.Throws<NotSupportedException>(() => operation.ImportKernelPart(0, keras, parts.Span<float>()));
                continue;
            }
            // Parts of different lengths, in any order.
            int half = (int)(spec.KernelCount / unit / 2) * unit;
            operation.ImportKernelPart(half, keras.AsSpan(half), parts.Span<float>());
            for (int first = 0; first < half; first += unit)
                operation.ImportKernelPart(first, keras.AsSpan(first, unit), parts.Span<float>());
            Assert.True(HostSpan.Managed(whole.Span<byte>()).SequenceEqual(HostSpan.Managed(parts.Span<byte>())));
            Assert.Throws<ArgumentException>(() => operation.ImportKernelPart(0, keras.AsSpan(0, unit - 1), parts.Span<float>()));
            Assert.Throws<ArgumentException>(() => operation.ImportKernelPart(spec.KernelCount, keras.AsSpan(0, unit), parts.Span<float>()));
        }
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void Inference_gives_the_bits_of_training(Precision precision)
    {
        if (!cpu.Supports(precision))
            return;
        var spec = new Conv2dSpec(3, 6, 6, 34, 68, 3, 1, Activation.LeakyRelu, 0.1f, true, precision, true, true);
        var values = new Values(spec.KernelCount, spec.OutChannels, spec.InputCount, spec.OutputCount, precision);
        using var training = new Operation(cpu.CreateConv2d(spec));
        using var inference = new Operation(cpu.CreateConv2d(spec with { Training = false }));
        Assert.Equal(training.Run(cpu, values, precision, false).Y, inference.Run(cpu, values, precision, false).Y);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void Results_do_not_depend_on_the_number_of_threads(Precision precision)
    {
        if (!cpu.Supports(precision))
            return;
        var spec = new Conv2dSpec(7, 10, 10, 40, 72, 5, 2, Activation.LeakyRelu, 0.1f, false, precision, true, true);
        var values = new Values(spec.KernelCount, spec.OutChannels, spec.InputCount, spec.OutputCount, precision);
        using var one = new CpuBackend(1);
        using var five = new CpuBackend(5);
        Results expected, actual;
        using (var operation = new Operation(one.CreateConv2d(spec)))
            expected = operation.Run(one, values, precision, true);
        using (var operation = new Operation(five.CreateConv2d(spec)))
            actual = operation.Run(five, values, precision, true);
        Assert.Equal(expected.Y, actual.Y);
        Assert.Equal(expected.Dx, actual.Dx);
        Assert.Equal(expected.DKernel, actual.DKernel);
        Assert.Equal(expected.DBias, actual.DBias);
    }

    public void Dispose()
    {
        cpu.Dispose();
        reference.Dispose();
    }

    private void Compare(Precision precision, long kernelCount, int outputs, long inputCount, long outputCount, int terms,
        Func<IBackend, Precision, Operation> create)
    {
        using var leaks = new LeakCheck();
        var values = new Values(kernelCount, outputs, inputCount, outputCount, precision);
        Results actual, expected;
        using (Operation operation = create(cpu, precision))
            actual = operation.Run(cpu, values, precision, true);
        using (Operation operation = create(reference, Precision.Fp32))
            expected = operation.Run(reference, values, Precision.Fp32, true);
        // fp32: each of the terms of a sum rounds by 2⁻²⁴ of the running sum, which is at most its largest value here. bf16: the inputs
        // are exact, sums are fp32, and one rounding to 8 bits of mantissa ends it; dz is rounded once before it is multiplied.
        double sum = Math.Pow(2, -24) * 4 * Math.Sqrt(Math.Max(terms, outputCount)), stored = precision == Precision.Bf16 ? Math.Pow(2, -8) : sum;
        Close(expected.Y, actual.Y, stored, "y");
        Close(expected.Dx, actual.Dx, stored * 2, "dx");
        Close(expected.DKernel, actual.DKernel, precision == Precision.Bf16 ? Math.Pow(2, -8) : sum, "dKernel");
        Close(expected.DBias, actual.DBias, sum * 4, "dBias");
    }

    private static void Close(float[] expected, float[] actual, double relative, string what)
    {
        double largest = expected.Max(Math.Abs), bound = relative * largest;
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= bound, $"{what}[{i}] is {actual[i]}, expected {expected[i]} ± {bound}");
    }

    private sealed record Results(float[] Y, float[] Dx, float[] DKernel, float[] DBias);

    // Seeded inputs, representable in the precision so that both sides start from the same numbers.
    private sealed class Values
    {
        public readonly float[] X, Kernel, Bias, Dy;

        public Values(long kernel, int outputs, long input, long output, Precision precision)
        {
            var random = new Random(11);
            X = Fill(input, 1);
            Kernel = Fill(kernel, 0.25f);
            Bias = Fill(outputs, 1);
            Dy = Fill(output, 1);

            float[] Fill(long count, float scale)
            {
                float[] result = new float[count];
                for (int i = 0; i < result.Length; i++)
                {
                    float value = ((2 * random.NextSingle()) - 1) * scale;
                    result[i] = precision == Precision.Bf16 ? BFloat16Bits.ToSingle(BFloat16Bits.FromSingle(value)) : value;
                }
                return result;
            }
        }
    }

    // A convolution or a dense layer with guarded buffers around every tensor.
    private sealed class Operation(IParameterOperation operation) : IDisposable
    {
        private const int Guard = 64;

        public Results Run(IBackend backend, Values values, Precision precision, bool backward)
        {
            ElementType type = precision.ActivationType();
            using var memory = new Guarded(backend);
            DeviceSpan<byte> x = memory.Activation(values.X, type), y = memory.Activation(new float[values.Dy.Length], type);
            DeviceSpan<byte> dy = memory.Activation(values.Dy, type), dx = memory.Activation(new float[values.X.Length], type);
            DeviceSpan<float> kernel = memory.Floats(operation.KernelStorage), dKernel = memory.Floats(operation.KernelStorage);
            DeviceSpan<float> bias = memory.Floats(values.Bias.Length), dBias = memory.Floats(values.Bias.Length);
            DeviceSpan<byte> workspace = memory.Bytes(operation.WorkspaceBytes);
            // What is overwritten must not matter.
            MemoryMarshal.Cast<byte, float>(HostSpan.Managed(workspace)).Fill(float.NaN);
            HostSpan.Managed(dKernel).Fill(float.NaN);
            operation.ImportKernel(values.Kernel, kernel);
            operation.KernelChanged(kernel);
            backend.Upload<float>(values.Bias, bias);
            float[] dKernelResult = new float[values.Kernel.Length], dBiasResult = new float[values.Bias.Length];
            if (operation is IConv2d conv)
            {
                conv.Forward(x, kernel, bias, y, workspace);
                if (backward)
                    conv.Backward(x, y, dy, kernel, dx, dKernel, dBias, workspace);
            }
            else if (operation is IDense dense)
            {
                dense.Forward(x, kernel, bias, y, workspace);
                if (backward)
                    dense.Backward(x, dy, kernel, dx, dKernel, dBias, workspace);
            }
            if (backward)
                operation.ExportKernel(dKernel, dKernelResult);
            backend.Download(dBias, dBiasResult);
            memory.CheckGuards();
            return new Results(memory.Read(y, type), memory.Read(dx, type), dKernelResult, dBiasResult);
        }

        public void Dispose() => operation.Dispose();

        private sealed class Guarded(IBackend backend) : IDisposable
        {
            private readonly List<DeviceBuffer> buffers = [];

            public DeviceSpan<byte> Bytes(long count)
            {
                DeviceBuffer buffer = backend.Allocate(count + (2 * Guard), "a test");
                HostSpan.Managed(buffer.Span<byte>()).Fill(0xA5);
                buffers.Add(buffer);
                DeviceSpan<byte> inner = buffer.Span<byte>().Slice(Guard, count);
                backend.Clear(inner);
                return inner;
            }

            public DeviceSpan<float> Floats(long count) => Bytes(count * sizeof(float)).As<float>();

            public DeviceSpan<byte> Activation(float[] values, ElementType type)
            {
                DeviceSpan<byte> span = Bytes((long)values.Length * type.Bytes());
                if (type == ElementType.Float32)
                    values.CopyTo(HostSpan.Managed(span.As<float>()));
                else
                    Array.ConvertAll(values, BFloat16Bits.FromSingle).CopyTo(HostSpan.Managed(span.As<ushort>()));
                return span;
            }

            public float[] Read(DeviceSpan<byte> span, ElementType type) => type == ElementType.Float32
                ? HostSpan.Managed(span.As<float>()).ToArray()
                : Array.ConvertAll(HostSpan.Managed(span.As<ushort>()).ToArray(), BFloat16Bits.ToSingle);

            public void CheckGuards()
            {
                foreach (DeviceBuffer buffer in buffers)
                {
                    Span<byte> all = HostSpan.Managed(buffer.Span<byte>());
                    Assert.Equal(-1, all[..Guard].IndexOfAnyExcept((byte)0xA5));
                    Assert.Equal(-1, all[^Guard..].IndexOfAnyExcept((byte)0xA5));
                }
            }

            public void Dispose() => buffers.ForEach(b => b.Dispose());
        }
    }
}

using System.Runtime.InteropServices;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.TestKit;

namespace FaceSwap.Compute.Tests;

/// <summary>Adam, the sigmoid with its loss, conversions, memory and allocation of the CPU backend.</summary>
public sealed class CpuElementwiseTests : IDisposable
{
    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    [Theory]
    [InlineData(1)]
    [InlineData(1003)]
    [InlineData(200_001)]
    public void Adam_agrees_with_the_reference(int count)
    {
        var spec = new AdamSpec(count, 5e-5f, 0.5f, 0.999f, 1e-7f);
        float[] expected = Adam(reference, spec), actual = Adam(cpu, spec);
        // p is about 1: an update of at most 5e-5·(a few) in single precision, three times.
        for (int i = 0; i < count; i++)
            Assert.InRange(actual[i], expected[i] - 4e-7f, expected[i] + 4e-7f);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(50_001)]
    public void Sigmoid_and_loss_agree_with_the_reference(int count)
    {
        var spec = new SigmoidL1Spec(count, Precision.Fp32);
        (float[] p, float[] dz, float loss) = Sigmoid(cpu, spec);
        (float[] P, float[] Dz, float Loss) expected = Sigmoid(reference, spec);
        Assert.Equal(expected.Loss, loss, 1e-6 * expected.Loss);
        for (int i = 0; i < count; i++)
        {
            Assert.True(float.IsNaN(expected.P[i]) == float.IsNaN(p[i]) && (float.IsNaN(p[i]) || Math.Abs(expected.P[i] - p[i]) < 2e-7), $"p[{i}]");
            if (!float.IsNaN(p[i]))
                Assert.InRange(dz[i] * count, (expected.Dz[i] * count) - 1e-6, (expected.Dz[i] * count) + 1e-6);
        }
    }

    [Fact]
    public void Conversion_rounds_to_nearest_even_and_keeps_NaN()
    {
        float[] values = [0, -0f, 1, 1 + (1 / 256f), 1 + (3 / 256f), float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon,
            3.14159f, -2.71828f, BitConverter.UInt32BitsToSingle(0x7F800001), 1e-40f, 65504, 0.1f, 0.2f];
        using DeviceBuffer wide = cpu.Allocate(values.Length * 4, "a test"), narrow = cpu.Allocate(values.Length * 2, "a test");
        using DeviceBuffer back = cpu.Allocate(values.Length * 4, "a test");
        cpu.Upload<float>(values, wide.Span<float>());
        cpu.Convert(wide.Span<byte>(), ElementType.Float32, narrow.Span<byte>(), ElementType.BFloat16);
        cpu.Convert(narrow.Span<byte>(), ElementType.BFloat16, back.Span<byte>(), ElementType.Float32);
        float[] result = new float[values.Length];
        cpu.Download(back.Span<float>(), result);
        Assert.Equal(Array.ConvertAll(values, v => BFloat16Bits.ToSingle(BFloat16Bits.FromSingle(v))), result);
    }

    [Fact]
    public void Too_much_memory_is_one_clear_sentence()
    {
        UserErrorException e = Assert.ThrowsAny<UserErrorException>(() => cpu.Allocate(1L << 46, "the parameters"));
        Assert.Contains("the parameters", e.Message, StringComparison.Ordinal);
        Assert.Contains("--batch-size", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Enqueueing_allocates_nothing()
    {
        var spec = new Conv2dSpec(4, 8, 8, 16, 32, 3, 1, Activation.LeakyRelu, 0.1f, true, Precision.Fp32, true, true);
        using IConv2d conv = cpu.CreateConv2d(spec);
        using IAdam adam = cpu.CreateAdam(new AdamSpec(conv.KernelStorage, 1e-3f, 0.5f, 0.999f, 1e-7f));
        using DeviceBuffer memory = cpu.Allocate(16 << 20, "a test");
        long at = 0;
        DeviceSpan<float> kernel = Take(conv.KernelStorage), dKernel = Take(conv.KernelStorage), m = Take(conv.KernelStorage), v = Take(conv.KernelStorage);
        DeviceSpan<float> bias = Take(32), dBias = Take(32), x = Take(spec.InputCount), y = Take(spec.OutputCount), dy = Take(spec.OutputCount), dx = Take(spec.InputCount);
        DeviceSpan<byte> workspace = Take((conv.WorkspaceBytes + 3) / 4).As<byte>();
        DeviceSpan<long> step = Take(2).As<long>();
        for (int i = 0; i < 3; i++)
            Step();
        long before = GC.GetAllocatedBytesForCurrentThread();
        IReadOnlyDictionary<string, long> handles = Interop.HandleCounters.Live;
        long since = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - since);
        Assert.Equal(handles, Interop.HandleCounters.Live);
        Assert.True(before <= since);

        void Step()
        {
            cpu.Increment(step, 1);
            conv.Forward(x.As<byte>(), kernel, bias, y.As<byte>(), workspace);
            conv.Backward(x.As<byte>(), y.As<byte>(), dy.As<byte>(), kernel, dx.As<byte>(), dKernel, dBias, workspace);
            adam.Update(kernel, dKernel, m, v, step);
            conv.KernelChanged(kernel);
            cpu.Clear(dKernel.As<byte>());
        }

        DeviceSpan<float> Take(long count)
        {
            DeviceSpan<float> span = memory.Span<float>().Slice(at, count);
            at += (count + 63) / 64 * 64;
            return span;
        }
    }

    public void Dispose()
    {
        cpu.Dispose();
        reference.Dispose();
    }

    private static float[] Adam(IBackend backend, AdamSpec spec)
    {
        using var leaks = new LeakCheck();
        using IAdam adam = backend.CreateAdam(spec);
        using DeviceBuffer memory = backend.Allocate((spec.Count * 16) + 8, "a test");
        DeviceSpan<float> all = memory.Span<float>();
        DeviceSpan<long> step = all.Slice(0, 2).As<long>();
        DeviceSpan<float> p = all.Slice(2, spec.Count), g = all.Slice(2 + spec.Count, spec.Count);
        DeviceSpan<float> m = all.Slice(2 + (2 * spec.Count), spec.Count), v = all.Slice(2 + (3 * spec.Count), spec.Count);
        var random = new Random(3);
        foreach (ref float value in HostSpan.Managed(p))
            value = random.NextSingle();
        for (int i = 0; i < 3; i++)
        {
            foreach (ref float value in HostSpan.Managed(g))
                value = (float)Math.Pow(10, (random.NextDouble() * 8) - 8) * (random.Next(2) * 2 - 1);
            backend.Increment(step, 1);
            adam.Update(p, g, m, v, step);
        }
        return HostSpan.Managed(p).ToArray();
    }

    private static (float[] P, float[] Dz, float Loss) Sigmoid(IBackend backend, SigmoidL1Spec spec)
    {
        using ISigmoidL1 sigmoid = backend.CreateSigmoidL1(spec);
        using DeviceBuffer z = backend.Allocate(spec.Count * 4, "a test"), target = backend.Allocate(spec.Count * 4, "a test");
        using DeviceBuffer p = backend.Allocate(spec.Count * 4, "a test"), dz = backend.Allocate(spec.Count * 4, "a test"), loss = backend.Allocate(4, "a test");
        var random = new Random(5);
        Span<float> input = HostSpan.Managed(z.Span<float>()), wanted = HostSpan.Managed(target.Span<float>());
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = (random.NextSingle() * 24) - 12;
            wanted[i] = random.NextSingle();
        }
        input[0] = 0;
        wanted[0] = 0.5f; // p equals the target: no gradient
        input[1] = 200;
        input[2] = -200;
        sigmoid.Forward(z.Span<byte>(), target.Span<float>(), p.Span<float>(), loss.Span<float>(), dz.Span<byte>());
        return (HostSpan.Managed(p.Span<float>()).ToArray(), HostSpan.Managed(dz.Span<float>()).ToArray(), HostSpan.Managed(loss.Span<float>())[0]);
    }
}

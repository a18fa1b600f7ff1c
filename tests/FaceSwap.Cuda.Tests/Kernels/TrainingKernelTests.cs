using System.Runtime.InteropServices;
using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Cuda.Kernels;

namespace FaceSwap.Cuda.Tests.Kernels;

/// <summary>What the conformance suite does not ask of Adam and of the loss: other alignments, the bfloat16 copy, many blocks, replays.</summary>
public class TrainingKernelTests : CudaTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(4103)]
    [InlineData(1_000_003)]
    public void Adam_gives_the_same_bits_at_any_alignment_and_its_copy_is_the_rounded_parameter(int count)
    {
        using var backend = Open();
        using var adam = new CudaAdam(backend, new AdamSpec(count, 5e-5f, 0.5f, 0.999f, 1e-7f));
        float[]? first = null;
        foreach ((int offset, int copyOffset) in new[] { (0, 0), (4, 2), (0, 2), (0, 8) })
        {
            using var memory = new KernelMemory(backend);
            DeviceSpan<float> p = memory.Of(KernelMemory.Noise(count, 1), ElementType.Float32, offset).Slice(0, 4L * count).Floats(),
                m = memory.Of(new float[count], ElementType.Float32, offset).Floats(), v = memory.Of(new float[count], ElementType.Float32, offset).Floats();
            DeviceSpan<byte> copy = memory.Room(count, ElementType.BFloat16, copyOffset);
            for (long t = 1; t <= 2; t++)
            {
                DeviceSpan<byte> step = memory.Of(MemoryMarshal.AsBytes<long>([t]));
                adam.Update(p, memory.Of(KernelMemory.Noise(count, 10 + (int)t), ElementType.Float32, offset).Floats(), m, v, step.As<long>(), copy.Address);
            }
            float[] parameters = memory.Read(p.As<byte>(), ElementType.Float32);
            Assert.Equal(parameters.Select(x => KernelMemory.Round(x, ElementType.BFloat16)), memory.Read(copy, ElementType.BFloat16));
            Assert.Equal(first ??= parameters, parameters);
            memory.AssertGuards();
        }
    }

    [Theory]
    [InlineData(Precision.Fp32, 0, 0)]
    [InlineData(Precision.Fp32, 4, 4)]
    [InlineData(Precision.Bf16, 0, 0)]
    [InlineData(Precision.Bf16, 2, 4)]
    public void A_loss_over_many_blocks_is_the_same_in_every_replay(Precision precision, int offset, int wideOffset)
    {
        const int count = 1_500_007;
        ElementType type = precision.ActivationType();
        using var backend = Open();
        using var operation = new CudaSigmoidL1(backend, new SigmoidL1Spec(count, precision));
        using var memory = new KernelMemory(backend);
        float[] z = KernelMemory.Noise(count, 2, type), target = [.. KernelMemory.Noise(count, 3).Select(v => (v + 1) / 2)];
        DeviceSpan<byte> input = memory.Of(z, type, offset), wanted = memory.Of(target, ElementType.Float32, wideOffset),
            p = memory.Room(count, ElementType.Float32, wideOffset), dz = memory.Room(count, type, offset), loss = memory.Room(1, ElementType.Float32, 4);
        using IRecording recording = backend.Record(() =>
            operation.Forward(input, wanted.Floats(), p.Floats(), loss.Floats(), dz));
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += Math.Abs((1 / (1 + Math.Exp(-z[i]))) - target[i]);
        float first = 0;
        for (int run = 0; run < 3; run++)
        {
            recording.Run();
            float actual = memory.Read(loss, ElementType.Float32)[0];
            // Short sums in single precision, long ones in double: a few roundings of numbers below 1.
            Assert.InRange(actual - (sum / count), -4.0 / (1 << 24), 4.0 / (1 << 24));
            if (run == 0)
                first = actual;
            Assert.Equal(first, actual);
        }
        memory.AssertGuards();
    }
}

internal static class SpanOfFloats
{
    /// <summary>The bytes as fp32 elements.</summary>
    public static DeviceSpan<float> Floats(this DeviceSpan<byte> span) => span.As<float>();
}

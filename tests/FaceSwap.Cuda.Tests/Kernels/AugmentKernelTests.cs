using System.Runtime.InteropServices;
using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Cuda.Kernels;
using FaceSwap.Compute.Reference;

namespace FaceSwap.Cuda.Tests.Kernels;

/// <summary>What the conformance suite does not ask of augmentation: many streams and sets, odd sizes and alignments, draws that make no sense.</summary>
public class AugmentKernelTests : CudaTest
{
    [Theory]
    [InlineData(64, 1000, 0, 0UL, 0L)]
    [InlineData(64, 1000, 1, 1UL, 77_777L)]
    [InlineData(17, 17, 0, ulong.MaxValue, 123L)]
    [InlineData(5, 1_000_003, 3, 0x0123456789ABCDEFUL, 9_876_543_210L)]
    [InlineData(33, 7, 1, 42UL, 5L)]
    [InlineData(300, 70_000, 0, 9UL, long.MaxValue)]
    public void Draws_are_those_of_the_reference_to_the_bit(int batch, int faces, int side, ulong seed, long step)
    {
        var spec = new AugmentSpec(batch, faces, 256, 64, 160, 5, 10, 0.05f, 0.05f, 0.4f, seed, side, ElementType.Float32);
        using var backend = Open();
        using var augment = new CudaAugment(backend.Device, spec);
        using var memory = new KernelMemory(backend);
        DeviceSpan<byte> draws = memory.Of(new byte[batch * Marshal.SizeOf<AugmentDraw>()], 224 - 32);
        augment.Draw(memory.Of(MemoryMarshal.AsBytes<long>([step])).As<long>(), draws.As<AugmentDraw>());
        var actual = new byte[draws.Length];
        backend.Download(draws, actual);
        for (int sample = 0; sample < batch; sample++)
        {
            AugmentDraws.Draw(spec, step, sample, out AugmentDraw expected);
            Assert.Equal(MemoryMarshal.AsBytes([expected]).ToArray(), actual.AsSpan(sample * 224, 224).ToArray());
        }
        memory.AssertGuards();
    }

    [Theory]
    [InlineData(2, 3, 31, 24, 0)]
    [InlineData(1, 1, 2, 8, 0)]
    [InlineData(3, 5, 64, 20, 4)]
    [InlineData(2, 2, 40, 7, 0)]
    public void Samples_are_close_to_the_reference_at_odd_sizes_and_alignments(int batch, int faces, int faceSize, int outputSize, int offset)
    {
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.BFloat16 })
        {
            var spec = new AugmentSpec(batch, faces, faceSize, outputSize, 0.7f * faceSize, 1.5f, 30, 0.3f, 0.2f, 0.5f, 4, 0, type);
            var content = new byte[faces * faceSize * faceSize * 3];
            for (int i = 0; i < content.Length; i++)
                content[i] = (byte)(127.5 + (60 * Math.Sin(i / 3 % faceSize * 6.0 / faceSize)) + (60 * Math.Cos((i % 3) + (i / 3.0 / faceSize % faceSize * 6 / faceSize))));
            var draws = new AugmentDraw[batch];
            for (int sample = 0; sample < batch; sample++)
                AugmentDraws.Draw(spec, 6, sample, out draws[sample]);
            using var backend = Open();
            using var reference = new ReferenceBackend(threads: 1);
            (float[] warped, float[] target) = Gather(backend, spec, content, draws, type == ElementType.BFloat16 ? offset / 2 : offset);
            (float[] expectedWarped, float[] expectedTarget) = Gather(reference, spec, content, draws);
            AssertClose(expectedWarped, warped, 1.0 / (1 << 12) + (type == ElementType.BFloat16 ? 1.0 / (1 << 8) : 0));
            AssertClose(expectedTarget, target, 1.0 / (1 << 12));
        }
    }

    // The reference refuses these; the device cannot, but reads nothing beyond the faces (the stand-in checks every access) and gives numbers in range.
    [Fact]
    public void Draws_that_make_no_sense_read_nothing_beyond_the_faces()
    {
        var spec = new AugmentSpec(4, 2, 16, 16, 10, 1, 10, 0.05f, 0.05f, 0.4f, 4, 0, ElementType.Float32);
        var draws = new AugmentDraw[4];
        for (int sample = 0; sample < 4; sample++)
            AugmentDraws.Draw(spec, 6, sample, out draws[sample]);
        (draws[0].Face, draws[1].Face, draws[1].Scale, draws[2].NoiseX[7], draws[3].ShiftX) = (int.MinValue, int.MaxValue, 0, float.NaN, float.PositiveInfinity);
        var content = new byte[2 * 16 * 16 * 3];
        content.AsSpan().Fill(255);
        using var backend = Open();
        (float[] warped, float[] target) = Gather(backend, spec, content, draws);
        Assert.All(warped.Concat(target), value => Assert.InRange(value, 0, 1.00001f));
    }

    private static (float[] Warped, float[] Target) Gather(CudaBackend backend, AugmentSpec spec, byte[] faces, AugmentDraw[] draws, int offset = 0)
    {
        using IAugment augment = backend.CreateAugment(spec);
        using var memory = new KernelMemory(backend);
        long count = (long)spec.Batch * spec.OutputSize * spec.OutputSize * 3;
        DeviceSpan<byte> warped = memory.Room(count, spec.InputType, offset), target = memory.Room(count, ElementType.Float32, offset & ~3);
        augment.Gather(memory.Of(faces, 1), memory.Of(MemoryMarshal.AsBytes(draws.AsSpan()), 224 - 32).As<AugmentDraw>(), warped, target.Floats());
        memory.AssertGuards();
        return (memory.Read(warped, spec.InputType), memory.Read(target, ElementType.Float32));
    }

    private static (float[] Warped, float[] Target) Gather(ReferenceBackend backend, AugmentSpec spec, byte[] faces, AugmentDraw[] draws)
    {
        spec = spec with { InputType = ElementType.Float32 };
        int count = spec.Batch * spec.OutputSize * spec.OutputSize * 3;
        using IAugment augment = backend.CreateAugment(spec);
        using DeviceBuffer at = backend.Allocate(faces.Length, "faces"), drawn = backend.Allocate(draws.Length * 224, "draws"),
            warped = backend.Allocate(count * 4L, "warped"), target = backend.Allocate(count * 4L, "target");
        backend.Upload<byte>(faces, at.Span<byte>());
        backend.Upload<AugmentDraw>(draws, drawn.Span<AugmentDraw>());
        augment.Gather(at.Span<byte>(), drawn.Span<AugmentDraw>(), warped.Span<byte>(), target.Span<float>());
        float[] left = new float[count], right = new float[count];
        backend.Download(warped.Span<float>(), left);
        backend.Download(target.Span<float>(), right);
        return (left, right);
    }

    private static void AssertClose(float[] expected, float[] actual, double bound)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i] - (double)expected[i], -bound, bound);
    }
}

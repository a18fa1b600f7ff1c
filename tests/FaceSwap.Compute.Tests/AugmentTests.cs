using System.Runtime.InteropServices;
using FaceSwap.Compute.Conformance;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.TestKit;

namespace FaceSwap.Compute.Tests;

public class AugmentTests
{
    private static readonly AugmentSpec Classic = new(16, 40, 256, 64, 160, 5, 10, 0.05f, 0.05f, 0.4f, 7, 0, ElementType.Float32);

    [Theory]
    [InlineData("reference")]
    [InlineData("cpu")]
    public void Recorded_augmentations_of_OpenCV_come_out(string backend)
    {
        List<CheckResult> results = [.. AugmentGolden.Check(Golden.Path("vision", "vision.json"),
            golden => Run(backend, golden.Spec, golden.Face, [golden.Draw]), DecodeBgr)];
        Assert.Equal(24, results.Count);
        Assert.All(results, r => Assert.True(r.Passed, $"{r.Name}: {r.Error} > {r.Bound} {r.Message}"));
    }

    [Theory]
    [InlineData(64, ElementType.Float32)]
    [InlineData(128, ElementType.Float32)]
    [InlineData(64, ElementType.BFloat16)]
    public void Cpu_agrees_with_the_reference(int size, ElementType type)
    {
        AugmentSpec spec = Classic with { Batch = 4, FaceCount = 3, OutputSize = size, InputType = type };
        byte[] faces = Noise(spec);
        AugmentDraw[] draws = Draws(spec, 3);
        // One far outside what training draws, so that the zero border is seen.
        draws[0].ShiftX = 90;
        draws[0].Scale = 0.4f;
        for (int i = 0; i < 25; i++)
            draws[0].NoiseX[i] -= 120;
        (float[] warped, float[] target) = Run("cpu", spec, faces, draws);
        (float[] expectedWarped, float[] expectedTarget) = Run("reference", spec, faces, draws);
        Assert.Contains(expectedWarped, v => v == 0);
        // Neighbouring pixels of this noise differ by up to 1; positions in single precision are good to 256·2⁻²³·2 = 6e-5 pixels.
        double bound = type == ElementType.Float32 ? 2e-4 : 4e-3;
        for (int i = 0; i < warped.Length; i++)
        {
            Assert.InRange(warped[i], expectedWarped[i] - bound, expectedWarped[i] + bound);
            Assert.InRange(target[i], expectedTarget[i] - 2e-4, expectedTarget[i] + 2e-4);
        }
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void Nothing_is_written_outside_the_spans(ElementType type)
    {
        AugmentSpec spec = Classic with { Batch = 3, FaceCount = 1, InputType = type };
        using CpuThreads threads = new(2);
        using CpuAugment augment = new(threads, spec);
        using Buffers buffers = new(spec, Noise(spec), Draws(spec, 0));
        long count = buffers.Target.Span<float>().Length;
        using HostBuffer warped = HostBuffer.Allocate((count * type.Bytes()) + 128, "warped"), target = HostBuffer.Allocate((count * 4) + 128, "target");
        HostSpan.Managed(warped.Span<byte>()).Fill(0xCD);
        HostSpan.Managed(target.Span<byte>()).Fill(0xCD);
        augment.Gather(buffers.Faces.Span<byte>(), buffers.Draws.Span<AugmentDraw>(), warped.Span<byte>().Slice(64, count * type.Bytes()),
            target.Span<float>().Slice(16, count));
        foreach (HostBuffer buffer in new[] { warped, target })
        {
            Span<byte> bytes = HostSpan.Managed(buffer.Span<byte>());
            Assert.Equal(-1, bytes[..64].IndexOfAnyExcept((byte)0xCD));
            Assert.Equal(-1, bytes[^64..].IndexOfAnyExcept((byte)0xCD));
            Assert.NotEqual(-1, bytes[^80..^64].IndexOfAnyExcept((byte)0xCD));
        }
    }

    [Fact]
    public void A_draw_depends_on_seed_side_step_and_sample_alone()
    {
        AugmentDraws.Draw(Classic, 12345, 3, out AugmentDraw draw);
        AugmentDraws.Draw(Classic, 12345, 3, out AugmentDraw again);
        Assert.True(Bytes(draw).SequenceEqual(Bytes(again)));
        AugmentDraws.Draw(Classic with { Seed = 8 }, 12345, 3, out AugmentDraw otherSeed);
        AugmentDraws.Draw(Classic with { Side = 1 }, 12345, 3, out AugmentDraw otherSide);
        AugmentDraws.Draw(Classic, 12346, 3, out AugmentDraw otherStep);
        AugmentDraws.Draw(Classic, 12345, 4, out AugmentDraw otherSample);
        Assert.Equal(5, new[] { draw, otherSeed, otherSide, otherStep, otherSample }.Select(d => d.Rotation).Distinct().Count());
    }

    [Fact]
    public void Draws_keep_their_ranges_and_distributions()
    {
        const int Steps = 2000;
        double mirrored = 0, rotation = 0, noise = 0, square = 0, fourth = 0;
        for (int step = 0; step < Steps; step++)
        {
            AugmentDraws.Draw(Classic, step, step % 16, out AugmentDraw d);
            Assert.InRange(d.Rotation, -10f, 10f);
            Assert.InRange(d.Scale, 0.95f, 1.05f);
            Assert.InRange(d.ShiftX, -12.8f, 12.8f);
            Assert.InRange(d.ShiftY, -12.8f, 12.8f);
            mirrored += d.Mirror;
            rotation += d.Rotation;
            for (int i = 0; i < 25; i++)
            {
                foreach (double x in new double[] { d.NoiseX[i] / 5, d.NoiseY[i] / 5 })
                {
                    noise += x;
                    square += x * x;
                    fourth += x * x * x * x;
                }
            }
        }
        // Five standard errors of each estimate.
        Assert.InRange(mirrored / Steps, 0.4 - 0.055, 0.4 + 0.055);
        Assert.InRange(rotation / Steps, -0.65, 0.65);
        int count = Steps * 50;
        Assert.InRange(noise / count, -0.016, 0.016);
        Assert.InRange(square / count, 1 - 0.0224, 1 + 0.0224);
        Assert.InRange(fourth / count, 3 - 0.155, 3 + 0.155);
    }

    [Theory]
    [InlineData(40, 16)]
    [InlineData(16, 16)]
    [InlineData(1000, 7)]
    public void An_epoch_draws_each_face_at_most_once_in_an_order_of_its_own(int faces, int batch)
    {
        AugmentSpec spec = Classic with { FaceCount = faces, Batch = batch };
        int steps = faces / batch;
        List<int> First(long epoch) => [.. Enumerable.Range(0, steps * batch).Select(i => Draws(spec, (epoch * steps) + (i / batch))[i % batch].Face)];
        List<int> first = First(0), second = First(1);
        Assert.Equal(first.Count, first.Distinct().Count());
        Assert.Equal(second.Count, second.Distinct().Count());
        Assert.NotEqual(first, second);
        Assert.NotEqual(first.Order(), first);
    }

    [Fact]
    public void Fewer_faces_than_the_batch_are_drawn_with_replacement()
    {
        AugmentSpec spec = Classic with { FaceCount = 3, Batch = 16 };
        int[] seen = new int[3];
        for (int step = 0; step < 100; step++)
        {
            foreach (AugmentDraw draw in Draws(spec, step))
                seen[draw.Face]++;
        }
        Assert.All(seen, n => Assert.InRange(n, 400, 670));
    }

    [Fact]
    public void After_warm_up_nothing_is_allocated()
    {
        AugmentSpec spec = Classic with { Batch = 2, FaceCount = 2 };
        using CpuThreads threads = new(2);
        using CpuAugment augment = new(threads, spec);
        using Buffers buffers = new(spec, Noise(spec), Draws(spec, 0));
        for (int i = 0; i < 3; i++)
            Iterate();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
            Iterate();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Iterate()
        {
            augment.Draw(buffers.Step.Span<long>(), buffers.Draws.Span<AugmentDraw>());
            buffers.Gather(augment);
        }
    }

    [Fact]
    public void A_face_outside_the_set_is_refused()
    {
        AugmentDraw[] draws = Draws(Classic with { Batch = 1 }, 0);
        draws[0].Face = 1;
        AugmentSpec spec = Classic with { Batch = 1, FaceCount = 1 };
        Assert.Throws<ArgumentException>(() => Run("cpu", spec, Noise(spec), draws));
    }

    private static AugmentDraw[] Draws(AugmentSpec spec, long step)
    {
        AugmentDraw[] draws = new AugmentDraw[spec.Batch];
        for (int i = 0; i < draws.Length; i++)
            AugmentDraws.Draw(spec, step, i, out draws[i]);
        return draws;
    }

    private static byte[] Noise(AugmentSpec spec)
    {
        byte[] faces = new byte[spec.FaceCount * spec.FaceSize * spec.FaceSize * 3];
        new Random(5).NextBytes(faces);
        return faces;
    }

    private static ReadOnlySpan<byte> Bytes(in AugmentDraw draw) => MemoryMarshal.AsBytes(new ReadOnlySpan<AugmentDraw>(in draw));

    private static unsafe byte[] DecodeBgr(string path)
    {
        using PooledFrame frame = ImageFile.Read(path);
        byte[] bytes = new byte[frame.Width * frame.Height * 3];
        for (int y = 0; y < frame.Height; y++)
            new ReadOnlySpan<byte>((byte*)frame.Plane(0).Row(y), frame.Width * 3).CopyTo(bytes.AsSpan(y * frame.Width * 3));
        return bytes;
    }

    private static (float[] Warped, float[] Target) Run(string backend, AugmentSpec spec, byte[] faces, AugmentDraw[] draws)
    {
        using CpuThreads threads = new(2);
        using IAugment augment = backend == "cpu" ? new CpuAugment(threads, spec) : new ReferenceAugment(spec);
        using Buffers buffers = new(spec, faces, draws);
        buffers.Gather(augment);
        return (buffers.ReadWarped(), HostSpan.Managed(buffers.Target.Span<float>()).ToArray());
    }

    private sealed class Buffers : IDisposable
    {
        private readonly AugmentSpec spec;
        private readonly HostBuffer warped;

        public Buffers(AugmentSpec spec, byte[] facesBytes, AugmentDraw[] draws)
        {
            this.spec = spec;
            long count = (long)spec.Batch * spec.OutputSize * spec.OutputSize * 3;
            Faces = HostBuffer.Allocate(facesBytes.Length, "faces");
            Draws = HostBuffer.Allocate(draws.Length * (long)Marshal.SizeOf<AugmentDraw>(), "draws");
            warped = HostBuffer.Allocate(count * spec.InputType.Bytes(), "warped");
            Target = HostBuffer.Allocate(count * 4, "target");
            Step = HostBuffer.Allocate(8, "step");
            facesBytes.CopyTo(HostSpan.Managed(Faces.Span<byte>()));
            draws.CopyTo(HostSpan.Managed(Draws.Span<AugmentDraw>()));
        }

        public HostBuffer Faces { get; }

        public HostBuffer Draws { get; }

        public HostBuffer Target { get; }

        public HostBuffer Step { get; }

        public void Gather(IAugment augment) =>
            augment.Gather(Faces.Span<byte>(), Draws.Span<AugmentDraw>(), warped.Span<byte>(), Target.Span<float>());

        public float[] ReadWarped() => spec.InputType == ElementType.Float32
            ? HostSpan.Managed(warped.Span<float>()).ToArray()
            : [.. HostSpan.Managed(warped.Span<ushort>()).ToArray().Select(BFloat16Bits.ToSingle)];

        public void Dispose()
        {
            Faces.Dispose();
            Draws.Dispose();
            warped.Dispose();
            Target.Dispose();
            Step.Dispose();
        }
    }
}

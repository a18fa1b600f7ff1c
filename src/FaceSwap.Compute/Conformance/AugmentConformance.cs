using System.Runtime.InteropServices;
using FaceSwap.Compute.Reference;

namespace FaceSwap.Compute.Conformance;

/// <summary>Training samples: the draws to the bit, the images closely, against the reference.</summary>
internal static class AugmentConformance
{
    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach ((int batch, int faces, int output) in new[] { (1, 4, 64), (3, 7, 64), (3, 2, 128) })
        {
            foreach (Precision precision in new[] { Precision.Fp32, Precision.Bf16 })
            {
                ElementType type = precision.ActivationType();
                var spec = new AugmentSpec(batch, faces, 256, output, 160, 5, 10, 0.05f, 0.05f, 0.4f, 99, 1, type);
                string name = $"augment b{batch} of {faces} to {output} {precision.ToString().ToLowerInvariant()}";
                yield return new($"{name} draw", precision, subject => Draw(subject, spec));
                yield return new($"{name} gather", precision, subject => Gather(subject, spec));
            }
        }
    }

    private static Finding Draw(IBackend subject, AugmentSpec spec)
    {
        using var reference = new ReferenceBackend(threads: 1);
        foreach (long step in new[] { 0L, 1, 5, 123_456_789_012 })
        {
            (byte[] actual, string? breach) = Draws(subject, spec, step);
            if (breach is not null)
                return Finding.Broken(breach);
            if (!actual.AsSpan().SequenceEqual(Draws(reference, spec, step).Draws))
                return Finding.Broken($"the draws of step {step} are not the reference's");
        }
        return Finding.Kept;
    }

    private static (byte[] Draws, string? Breach) Draws(IBackend backend, AugmentSpec spec, long step)
    {
        using IAugment augment = backend.CreateAugment(spec);
        using var rig = new Rig(backend);
        DeviceSpan<byte> draws = rig.Output("draws", (long)spec.Batch * Marshal.SizeOf<AugmentDraw>());
        augment.Draw(rig.Input("step", MemoryMarshal.AsBytes<long>([step])).As<long>(), draws.As<AugmentDraw>());
        var bytes = new byte[draws.Length];
        backend.Download(draws, bytes);
        return (bytes, rig.Breach());
    }

    // Positions up to 256 in single precision err by some 2⁻¹⁵ of a pixel, through a few roundings 2⁻¹². Inside a face the content changes by less
    // than half of the range from pixel to pixel, at the border of the warped image by up to the whole range: the bound is for a step of 1.
    private static Finding Gather(IBackend subject, AugmentSpec spec)
    {
        using var reference = new ReferenceBackend(threads: 1);
        byte[] draws = Draws(reference, spec, 3).Draws;
        (float[] Warped, float[] Target, string? Breach) actual = Images(subject, spec, draws), expected = Images(reference, spec, draws);
        if (actual.Breach is { } breach)
            return Finding.Broken(breach);
        double worst = 0;
        string where = "";
        foreach ((string name, float[] left, float[] right) in new[]
                 {
                     ("warped", actual.Warped, expected.Warped), ("target", actual.Target, expected.Target),
                 })
        {
            for (int i = 0; i < right.Length; i++)
            {
                double error = Math.Abs((double)left[i] - right[i]);
                if (error > worst || double.IsNaN(error))
                    (worst, where) = (error, $"{name}[{i}] is {left[i]:G9}, expected {right[i]:G9}");
            }
        }
        // Both sides round to bf16: numbers on either side of a tie end one unit, 2⁻⁸ of 1, apart.
        return new Finding(worst, (1.0 / (1 << 12)) + (spec.InputType == ElementType.BFloat16 ? 1.0 / (1 << 8) : 0), where);
    }

    private static (float[] Warped, float[] Target, string? Breach) Images(IBackend backend, AugmentSpec spec, byte[] draws)
    {
        using IAugment augment = backend.CreateAugment(spec);
        using var rig = new Rig(backend);
        long count = (long)spec.Batch * spec.OutputSize * spec.OutputSize * 3;
        DeviceSpan<byte> warped = rig.Output("warped", count * spec.InputType.Bytes()), target = rig.Output("target", count * sizeof(float));
        augment.Gather(rig.Input("faces", Faces(spec)), rig.Input("draws", draws).As<AugmentDraw>(), warped, target.As<float>());
        return (rig.Read(warped, spec.InputType), rig.Read(target, ElementType.Float32), rig.Breach());
    }

    private static byte[] Faces(AugmentSpec spec)
    {
        var bytes = new byte[spec.FaceCount * spec.FaceSize * spec.FaceSize * 3];
        for (int i = 0; i < bytes.Length; i++)
        {
            int c = i % 3, x = i / 3 % spec.FaceSize, y = i / 3 / spec.FaceSize % spec.FaceSize, f = i / 3 / spec.FaceSize / spec.FaceSize;
            double wave = Math.Sin((2 * Math.PI * (((f % 4) + 1) * x / 256.0)) + c) + Math.Cos(2 * Math.PI * (c + 1) * y / 256.0);
            bytes[i] = (byte)(127.5 + (63 * wave));
        }
        return bytes;
    }
}

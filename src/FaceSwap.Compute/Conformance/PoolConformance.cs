using FaceSwap.Compute.Reference;

namespace FaceSwap.Compute.Conformance;

/// <summary>Pooling and the end of a residual block against the reference, for backends that have them.</summary>
internal static class PoolConformance
{
    private static readonly Pool2dSpec[] Pools =
    [
        new(1, 7, 9, 5, 3, 2, Pooling.Max),
        new(3, 6, 5, 32, 3, 2, Pooling.Max),
        new(2, 9, 8, 64, 2, 2, Pooling.Average),
        new(1, 3, 3, 17, 2, 2, Pooling.Average),
        new(3, 2, 2, 256, 2, 1, Pooling.Average),
        new(1, 4, 4, 1, 1, 3, Pooling.Max),
    ];

    private static readonly AddReluSpec[] Sums =
    [
        new(1, (5, 7, 32), (5, 7, 32)),
        new(3, (4, 4, 19), (3, 3, 35)),
        new(1, (1, 1, 256), (2, 2, 64)),
        new(2, (3, 5, 8), (4, 2, 8)),
    ];

    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach (Pool2dSpec spec in Pools)
        {
            yield return new($"pool {spec.Pooling.ToString().ToLowerInvariant()} b{spec.Batch} {spec.InHeight}×{spec.InWidth}×{spec.Channels} k{spec.Kernel} s{spec.Stride}",
                Precision.Fp32, subject => Pool(subject, spec, special: false))
            { Needs = Pooled };
        }
        foreach (AddReluSpec spec in Sums)
        {
            yield return new($"add b{spec.Batch} {Text(spec.A)} and {Text(spec.B)}", Precision.Fp32, subject => Add(subject, spec, special: false)) { Needs = Pooled };
        }
        yield return new("pool special values", Precision.Fp32, subject => Pool(subject, Pools[0], special: true)) { Needs = Pooled };
        yield return new("add special values", Precision.Fp32, subject => Add(subject, Sums[1], special: true)) { Needs = Pooled };
    }

    private static bool Pooled(IBackend backend)
    {
        using IPool2d? pool = backend.CreatePool2d(Pools[0]);
        return pool is not null;
    }

    private static Finding Pool(IBackend subject, Pool2dSpec spec, bool special)
    {
        using var reference = new ReferenceBackend(threads: 1);
        float[] x = Noise.Symmetric(spec.InputCount, 31);
        if (special)
            (x[3], x[11], x[^1]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        (float[] actual, string? breach) = Run(subject, spec, x);
        // A mean of k² values of at most 1 errs by less than k²·2⁻²⁴.
        return breach is null
            ? Compare(actual, Run(reference, spec, x).Y, spec.Pooling == Pooling.Max ? 0 : spec.Kernel * spec.Kernel * Math.Pow(2, -24))
            : Finding.Broken(breach);
    }

    private static Finding Add(IBackend subject, AddReluSpec spec, bool special)
    {
        using var reference = new ReferenceBackend(threads: 1);
        float[] a = Noise.Symmetric(spec.Count(spec.A), 32), b = Noise.Symmetric(spec.Count(spec.B), 33);
        if (special)
            (a[2], a[40], b[0], b[^1]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.NaN);
        (float[] actual, string? breach) = Run(subject, spec, a, b);
        return breach is null ? Compare(actual, Run(reference, spec, a, b).Y, 0) : Finding.Broken(breach);
    }

    private static (float[] Y, string? Breach) Run(IBackend backend, Pool2dSpec spec, float[] x)
    {
        using IPool2d operation = backend.CreatePool2d(spec)!;
        using var rig = new Rig(backend);
        DeviceSpan<float> input = rig.Input("x", x), output = rig.Output("y", spec.OutputCount * sizeof(float)).As<float>();
        operation.Forward(input, output);
        return (rig.Read(output), rig.Breach());
    }

    private static (float[] Y, string? Breach) Run(IBackend backend, AddReluSpec spec, float[] a, float[] b)
    {
        using IAddRelu operation = backend.CreateAddRelu(spec)!;
        using var rig = new Rig(backend);
        DeviceSpan<float> left = rig.Input("a", a), right = rig.Input("b", b), output = rig.Output("y", spec.Count(spec.Y) * sizeof(float)).As<float>();
        operation.Forward(left, right, output);
        return (rig.Read(output), rig.Breach());
    }

    private static Finding Compare(float[] actual, float[] expected, double bound)
    {
        (double worst, string where) = (0, "");
        for (int i = 0; i < expected.Length; i++)
        {
            if (actual[i].Equals(expected[i]))
                continue;
            double error = Math.Abs((double)actual[i] - expected[i]);
            if (double.IsNaN(error) || error > worst)
                (worst, where) = (double.IsNaN(error) ? double.PositiveInfinity : error, $"y[{i}] is {actual[i]:G9}, expected {expected[i]:G9}");
        }
        return new Finding(worst, bound, where);
    }

    private static string Text((int Height, int Width, int Channels) shape) => $"{shape.Height}×{shape.Width}×{shape.Channels}";
}

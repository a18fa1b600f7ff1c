using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Conformance;

/// <summary>
/// Adam in Keras' form against the formula in double, moments too, over several updates: m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²;
/// lr_t = lr·√(1 − β2^t)/(1 − β1^t); p −= lr_t·m/(√v + ε).
/// </summary>
internal static class AdamConformance
{
    private const int Updates = 5;
    private const float Rate = 0.01f, Beta1 = 0.5f, Beta2 = 0.999f, Epsilon = 1e-7f;

    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach (int count in new[] { 1, 17, 4099, 70001 })
        {
            foreach (long first in new[] { 1L, 100_000 })
            {
                string name = $"adam {count} from step {first}";
                yield return new($"{name} parameters", Precision.Fp32, subject => Check(subject, count, first, 0));
                yield return new($"{name} first moment", Precision.Fp32, subject => Check(subject, count, first, 1));
                yield return new($"{name} second moment", Precision.Fp32, subject => Check(subject, count, first, 2));
            }
            yield return new($"adam {count} repeated", Precision.Fp32, subject => Repeated(subject, count));
        }
        yield return new("adam special values", Precision.Fp32, Special);
    }

    private static Finding Check(IBackend subject, int count, long firstStep, int which)
    {
        (float[][] actual, double[][] expected, string? breach) = Run(subject, count, firstStep);
        if (breach is not null)
            return Finding.Broken(breach);
        double worst = 0;
        string where = "";
        for (int i = 0; i < count; i++)
        {
            // m may cancel: its error is that of the gradients, which are below 1.
            double error = Math.Abs(actual[which][i] - expected[which][i]);
            if (error > worst || double.IsNaN(error))
                (worst, where) = (error, $"[{i}] is {actual[which][i]:G9}, expected {expected[which][i]:G9}");
        }
        // Per update: a parameter below 2 is rounded once; its change, at most lr·√(1 − β2)⁻¹ of the first gradients and in fact near lr, errs by
        // some ten roundings of a magnitude of at most 4·lr. Moments are sums of numbers below 1, rounded four times an update.
        const double unit = 1.0 / (1 << 24);
        return new Finding(worst, which == 0 ? Updates * ((2 * unit) + (40 * unit * Rate)) : Updates * 4 * unit, where);
    }

    private static (float[][] Actual, double[][] Expected, string? Breach) Run(IBackend subject, int count, long firstStep)
    {
        float[] p = Noise.Symmetric(count, 8);
        double[] ep = [.. p.Select(v => (double)v)], em = new double[count], ev = new double[count];
        using IAdam adam = subject.CreateAdam(new AdamSpec(count, Rate, Beta1, Beta2, Epsilon));
        using var rig = new Rig(subject);
        DeviceSpan<float> parameters = Start(rig, "parameters", p), m = Start(rig, "m", new float[count]), v = Start(rig, "v", new float[count]);
        string? breach = null;
        for (int u = 0; u < Updates; u++)
        {
            float[] g = Noise.Symmetric(count, 9 + u);
            g[count / 2] = 0; // an element without gradient
            long t = firstStep + u;
            adam.Update(parameters, rig.Input("gradients", g), m, v, rig.Input("step", MemoryMarshal.AsBytes<long>([t])).As<long>());
            double rate = Rate * Math.Sqrt(1 - Math.Pow(Beta2, t)) / (1 - Math.Pow(Beta1, t));
            for (int i = 0; i < count; i++)
            {
                em[i] = (Beta1 * em[i]) + ((1 - (double)Beta1) * g[i]);
                ev[i] = (Beta2 * ev[i]) + ((1 - (double)Beta2) * g[i] * g[i]);
                ep[i] -= rate * em[i] / (Math.Sqrt(ev[i]) + Epsilon);
            }
        }
        float[][] actual = [rig.Read(parameters), rig.Read(m), rig.Read(v)];
        breach ??= rig.Breach();
        if (actual[0][count / 2] != p[count / 2])
            breach ??= "an element without gradient changed";
        return (actual, [ep, em, ev], breach);
    }

    private static Finding Repeated(IBackend subject, int count)
    {
        float[][] first = Run(subject, count, 1).Actual, second = Run(subject, count, 1).Actual;
        for (int i = 0; i < first.Length; i++)
        {
            if (!Noise.SameBits(first[i], second[i]))
                return Finding.Broken("the same updates gave other bits the second time");
        }
        return Finding.Kept;
    }

    private static Finding Special(IBackend subject)
    {
        const int count = 67;
        var g = new float[count];
        (g[5], g[66]) = (float.NaN, float.PositiveInfinity);
        using IAdam adam = subject.CreateAdam(new AdamSpec(count, Rate, Beta1, Beta2, Epsilon));
        using var rig = new Rig(subject);
        DeviceSpan<float> parameters = Start(rig, "parameters", Noise.Symmetric(count, 8)), m = Start(rig, "m", new float[count]),
            v = Start(rig, "v", new float[count]);
        adam.Update(parameters, rig.Input("gradients", g), m, v, rig.Input("step", MemoryMarshal.AsBytes<long>([1L])).As<long>());
        float[] after = rig.Read(parameters);
        if (!float.IsNaN(after[5]) || !float.IsNaN(after[66]))
            return Finding.Broken("a gradient that is not finite does not show in its parameter");
        int others = after.Where((value, i) => i is not 5 and not 66 && !float.IsFinite(value)).Count();
        return Finding.Unless(others > 0 ? $"{others} parameters with finite gradients became not finite" : rig.Breach());
    }

    private static DeviceSpan<float> Start(Rig rig, string name, float[] values) =>
        rig.InOut(name, MemoryMarshal.AsBytes(values.AsSpan())).As<float>();
}

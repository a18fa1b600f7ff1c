namespace FaceSwap.Compute.Conformance;

/// <summary>The decoder's end against the formulas in double: p = 1/(1 + e^−z), loss = mean |p − t|, dz = sign(p − t)·p·(1 − p)/count.</summary>
internal static class SigmoidL1Conformance
{
    private static readonly int[] Counts = [1, 7, 1000, 24577];

    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach (Precision precision in ConformanceSuite.Precisions)
        {
            string kind = precision.ToString().ToLowerInvariant();
            foreach (int count in Counts)
            {
                string name = $"sigmoid L1 {count} {kind}";
                yield return new($"{name} p", precision, subject => Values(subject, count, precision, static r => (r.P, r.WantedP, r.PBound)));
                yield return new($"{name} loss", precision, subject => Values(subject, count, precision,
                    static r => ([r.Loss], [r.WantedLoss], r.LossBound)));
                yield return new($"{name} dz", precision, subject => Values(subject, count, precision, static r => (r.Dz, r.WantedDz, r.DzBound)));
                yield return new($"{name} repeated", precision, subject => Repeated(subject, count, precision));
            }
            yield return new($"sigmoid L1 {kind} special values", precision, subject => Special(subject, precision));
        }
        yield return new("sigmoid L1 fp32 against finite differences", Precision.Fp32, Differences);
    }

    private sealed record Result(float[] P, double[] WantedP, double PBound, float Loss, double WantedLoss, double LossBound, float[] Dz,
        double[] WantedDz, double DzBound, string? Breach);

    private static Finding Values(IBackend subject, int count, Precision precision,
        Func<Result, (float[] Actual, double[] Wanted, double Bound)> what)
    {
        Result result = Run(subject, count, precision);
        if (result.Breach is { } breach)
            return Finding.Broken(breach);
        (float[] actual, double[] wanted, double bound) = what(result);
        double worst = 0;
        string where = "";
        for (int i = 0; i < wanted.Length; i++)
        {
            double error = Math.Abs(actual[i] - wanted[i]);
            if (error > worst || double.IsNaN(error))
                (worst, where) = (error, $"[{i}] is {actual[i]:G9}, expected {wanted[i]:G9}");
        }
        return new Finding(worst, bound, where);
    }

    private static Result Run(IBackend subject, int count, Precision precision)
    {
        ElementType type = precision.ActivationType();
        float[] z = Noise.RoundTo(type, Noise.Symmetric(count, 6, 8)), target = [.. Noise.Symmetric(count, 7).Select(v => (v + 1) / 2)];
        // Elements where p == target exactly: dz must be 0 there, not ± something.
        for (int i = 0; i < count; i += 5)
            (z[i], target[i]) = (0, 0.5f);
        var p = new double[count];
        var dz = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            p[i] = 1 / (1 + Math.Exp(-z[i]));
            // Keep the sign certain: a hundred times further apart than p can err.
            if (i % 5 != 0 && Math.Abs(p[i] - target[i]) < 1e-4)
                target[i] = p[i] < 0.5 ? target[i] + 0.25f : target[i] - 0.25f;
            sum += Math.Abs(p[i] - target[i]);
            dz[i] = Math.Sign(p[i] - target[i]) * p[i] * (1 - p[i]) / count;
        }
        using ISigmoidL1 operation = subject.CreateSigmoidL1(new SigmoidL1Spec(count, precision));
        using var rig = new Rig(subject);
        DeviceSpan<byte> input = rig.Activation("z", z, type);
        DeviceSpan<float> wanted = rig.Input("target", target), output = rig.Output("p", (long)count * sizeof(float)).As<float>(),
            loss = rig.Output("loss", sizeof(float)).As<float>();
        DeviceSpan<byte> gradient = rig.Output("dz", (long)count * type.Bytes());
        operation.Forward(input, wanted, output, loss, gradient);
        float[] first = rig.Read(output);
        operation.Sigmoid(input, output);
        string? breach = rig.Breach() ?? (Noise.SameBits(first, rig.Read(output)) ? null : "Sigmoid and Forward give different p");
        // An exponential of 2 units in the last place, an addition and a division: p to 4 units, at most 1. |p − t| and the mean add one each,
        // and a blocked or pairwise sum over n stays within 8·√n. p·(1 − p)/n: as p, then three roundings, at most 1/4n, and the storage.
        double pBound = Tolerance.Elementwise(8, Precision.Fp32);
        return new Result(first, p, pBound, rig.Read(loss)[0], sum / count, pBound + Tolerance.Sum(count, Precision.Fp32),
            rig.Read(gradient, type), dz, Tolerance.Elementwise(24, precision) / (4 * count), breach);
    }

    private static Finding Repeated(IBackend subject, int count, Precision precision)
    {
        Result first = Run(subject, count, precision), second = Run(subject, count, precision);
        return first.Loss.Equals(second.Loss) && Noise.SameBits(first.P, second.P) && Noise.SameBits(first.Dz, second.Dz)
            ? Finding.Kept
            : Finding.Broken("the same call gave other bits the second time");
    }

    private static Finding Special(IBackend subject, Precision precision)
    {
        ElementType type = precision.ActivationType();
        float[] z = new float[37], target = new float[37];
        (z[3], z[9], z[20], z[21], z[36]) = (float.PositiveInfinity, float.NegativeInfinity, 200, -200, float.NaN);
        using ISigmoidL1 operation = subject.CreateSigmoidL1(new SigmoidL1Spec(z.Length, precision));
        using var rig = new Rig(subject);
        DeviceSpan<float> p = rig.Output("p", z.Length * sizeof(float)).As<float>(), loss = rig.Output("loss", sizeof(float)).As<float>();
        DeviceSpan<byte> dz = rig.Output("dz", (long)z.Length * type.Bytes());
        operation.Forward(rig.Activation("z", z, type), rig.Input("target", target), p, loss, dz);
        float[] values = rig.Read(p), gradient = rig.Read(dz, type);
        // e^−200 and less may come out as a denormal, as 0, or as the smallest power that an approximation reaches.
        if (values[3] != 1 || values[20] != 1 || !(values[9] <= 1e-30f) || !(values[21] <= 1e-30f))
            return Finding.Broken($"sigmoid of ∞, 200, −∞, −200 is {values[3]}, {values[20]}, {values[9]}, {values[21]}");
        if (!float.IsNaN(values[36]) || !float.IsNaN(rig.Read(loss)[0]))
            return Finding.Broken("NaN in z does not show in p or in the loss");
        for (int i = 0; i < z.Length - 1; i++)
        {
            if (!float.IsFinite(gradient[i]) || !float.IsFinite(values[i]))
                return Finding.Broken($"element {i} is not finite, but only the last is NaN");
        }
        return Finding.Unless(gradient[3] != 0 || gradient[20] != 0 ? "the gradient where p is 1 is not 0" : rig.Breach());
    }

    // d loss / dz_i for a few elements: p is curved, so h² of its third derivative (at most 1/8) is added to the loss's rounding, 2⁻²⁴ over 2h.
    private static Finding Differences(IBackend subject)
    {
        const int count = 5;
        const float step = 1f / 32;
        float[] z = [0.5f, -1.25f, 2, -0.75f, 0.25f], target = [0.1f, 0.9f, 0.2f, 0.7f, 0.95f];
        using ISigmoidL1 operation = subject.CreateSigmoidL1(new SigmoidL1Spec(count, Precision.Fp32));
        (float Loss, float[] Dz) at = Evaluate(operation, subject, z, target);
        double worst = 0;
        for (int i = 0; i < count; i++)
        {
            float kept = z[i];
            z[i] = kept + step;
            double high = Evaluate(operation, subject, z, target).Loss;
            z[i] = kept - step;
            double low = Evaluate(operation, subject, z, target).Loss;
            z[i] = kept;
            worst = Math.Max(worst, Math.Abs(((high - low) / (2 * step)) - at.Dz[i]));
        }
        return new Finding(worst, (step * step / 48 / count) + (4.0 / (1 << 24) / (2 * step)));
    }

    private static (float Loss, float[] Dz) Evaluate(ISigmoidL1 operation, IBackend subject, float[] z, float[] target)
    {
        using var rig = new Rig(subject);
        DeviceSpan<float> p = rig.Output("p", z.Length * sizeof(float)).As<float>(), loss = rig.Output("loss", sizeof(float)).As<float>();
        DeviceSpan<byte> dz = rig.Output("dz", z.Length * sizeof(float));
        operation.Forward(rig.Activation("z", z, ElementType.Float32), rig.Input("target", target), p, loss, dz);
        return (rig.Read(loss)[0], rig.Read(dz, ElementType.Float32));
    }
}

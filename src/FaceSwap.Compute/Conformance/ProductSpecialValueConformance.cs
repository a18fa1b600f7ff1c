using FaceSwap.Compute.Reference;

namespace FaceSwap.Compute.Conformance;

/// <summary>NaN and infinity in one element of the input or of the gradient: they must show in every result that has that element as a term, and
/// in the forward pass in no other.</summary>
internal static class ProductSpecialValueConformance
{
    private static readonly Product[] Shapes =
    [
        ProductConformance.Convolution(3, 8, 7, 5, 12, 5, 2, leaky: true, shuffle: false),
        ProductConformance.Convolution(3, 5, 6, 16, 32, 3, 1, leaky: true, shuffle: true),
        new DenseProduct(3, 40, 24, InputGradient: true),
    ];

    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach (Precision precision in ConformanceSuite.Precisions)
        {
            foreach (Product product in Shapes)
            {
                foreach (float value in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
                {
                    string name = $"{product.Name} {precision.ToString().ToLowerInvariant()} {value}";
                    yield return new($"{name} in x", precision, subject => InInput(subject, product, precision, value));
                    yield return new($"{name} in dy", precision, subject => InGradient(subject, product, precision, value));
                }
            }
        }
    }

    private static Finding InInput(IBackend subject, Product product, Precision precision, float value)
    {
        using var reference = new ReferenceBackend(threads: 1);
        ProductData data = ProductData.Random(product, precision.ActivationType());
        data.X[data.X.Length / 2] = value;
        ForwardResult actual = ProductRun.Forward(subject, product, precision, data);
        float[] expected = ProductRun.Forward(reference, product, Precision.Fp32, data).Y;
        return Finding.Unless(actual.Breach ?? Missing("y", actual.Y, expected) ?? Surplus("y", actual.Y, expected));
    }

    private static Finding InGradient(IBackend subject, Product product, Precision precision, float value)
    {
        using var reference = new ReferenceBackend(threads: 1);
        ProductData data = ProductData.Random(product, precision.ActivationType());
        float[] y = ProductRun.Forward(reference, product, Precision.Fp32, data).Y;
        data.Dy[data.Dy.Length / 2] = value;
        BackwardResult actual = ProductRun.Backward(subject, product, precision, data, y);
        BackwardResult expected = ProductRun.Backward(reference, product, Precision.Fp32, data, y);
        return Finding.Unless(actual.Breach ?? Missing("dx", actual.DX, expected.DX) ?? Missing("dKernel", actual.DKernel, expected.DKernel)
            ?? Missing("dBias", actual.DBias, expected.DBias));
    }

    private static string? Missing(string name, float[] actual, float[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (!float.IsFinite(expected[i]) && float.IsFinite(actual[i]))
                return $"{name}[{i}] is {actual[i]} where the reference gives {expected[i]}";
        }
        return null;
    }

    private static string? Surplus(string name, float[] actual, float[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (float.IsFinite(expected[i]) && !float.IsFinite(actual[i]))
                return $"{name}[{i}] is {actual[i]}, which does not depend on the element that is not finite";
        }
        return null;
    }
}

namespace FaceSwap.Compute.Conformance;

/// <summary>
/// Gradients against central differences of the backend's own forward pass: L = Σ r·y with fixed random r (so that dy = r), and
/// (L(p + h) − L(p − h))/2h for a sample of the elements p of x, kernel and bias. L is summed in double.
///
/// Layers are piecewise linear, so the difference is exact but where an element of y changes sign between p − h and p + h; such p are
/// passed over, and half of the sample must remain. What is left is rounding: y is stored to 2⁻²⁴, and with n values of y the sum errs by about
/// √n·2⁻²⁴ against 2h. The bound allows eight times that for the largest |y|.
/// </summary>
internal static class ProductGradientConformance
{
    private const float Step = 1f / 64;
    private const int Samples = 16;

    private static readonly Product[] Shapes =
    [
        ProductConformance.Convolution(3, 5, 4, 3, 4, 5, 2, leaky: true, shuffle: false),
        ProductConformance.Convolution(1, 4, 5, 3, 8, 3, 1, leaky: true, shuffle: true),
        ProductConformance.Convolution(1, 3, 4, 2, 3, 4, 1, leaky: false, shuffle: false),
        new DenseProduct(3, 7, 5, InputGradient: true),
    ];

    public static IEnumerable<ConformanceCase> Cases() => Shapes.Select(product =>
        new ConformanceCase($"{product.Name} fp32 against finite differences", Precision.Fp32, subject => Check(subject, product)));

    private static Finding Check(IBackend subject, Product product)
    {
        ProductData data = ProductData.Random(product, ElementType.Float32);
        float[] y = ProductRun.Forward(subject, product, Precision.Fp32, data).Y;
        BackwardResult gradients = ProductRun.Backward(subject, product, Precision.Fp32, data, y);
        double bound = 8 * Math.Sqrt(y.Length) * y.Max(Math.Abs) / (1 << 24) / (2 * Step), worst = 0;
        string where = "";
        foreach ((string name, float[] values, float[] gradient) in new[]
                 {
                     ("x", data.X, gradients.DX), ("kernel", data.Kernel, gradients.DKernel), ("bias", data.Bias, gradients.DBias),
                 })
        {
            int tried = 0, measured = 0;
            for (int i = 0; i < values.Length; i += Math.Max(1, values.Length / Samples))
            {
                tried++;
                if (Difference(subject, product, data, values, i) is not { } difference)
                    continue;
                measured++;
                double error = Math.Abs(difference - gradient[i]);
                if (error > worst || double.IsNaN(error))
                    (worst, where) = (error, $"d{name}[{i}] is {gradient[i]:G9}, the difference {difference:G9}");
            }
            if (measured * 2 < tried)
                return Finding.Broken($"only {measured} of {tried} elements of {name} could be measured");
        }
        return new Finding(worst, bound, where);
    }

    // Null when a result changes sign in between.
    private static double? Difference(IBackend subject, Product product, ProductData data, float[] values, int index)
    {
        float at = values[index], above = at + Step, below = at - Step;
        values[index] = above;
        float[] high = ProductRun.Forward(subject, product, Precision.Fp32, data).Y;
        values[index] = below;
        float[] low = ProductRun.Forward(subject, product, Precision.Fp32, data).Y;
        values[index] = at;
        double sum = 0;
        for (int i = 0; i < high.Length; i++)
        {
            if (product.Slope != 1 && high[i] >= 0 != low[i] >= 0)
                return null;
            sum += data.Dy[i] * ((double)high[i] - low[i]);
        }
        return sum / ((double)above - below);
    }
}

using FaceSwap.Compute.Reference;

namespace FaceSwap.Compute.Conformance;

/// <summary>Convolutions and dense layers against the reference: forward, backward, repetition, import and export.</summary>
internal static class ProductConformance
{
    private const float Slope = 0.1f;

    /// <summary>Odd sizes, channels that are no multiple of 16, kernels 1, 3, 4 and 5, both strides, and the shapes of the models in small.</summary>
    public static Product[] Shapes { get; } =
    [
        Convolution(1, 7, 5, 3, 5, 3, 1, leaky: false, shuffle: false),
        Convolution(3, 8, 8, 16, 32, 5, 2, leaky: true, shuffle: false),
        Convolution(1, 9, 11, 19, 8, 5, 2, leaky: true, shuffle: false),
        Convolution(3, 6, 6, 17, 20, 3, 1, leaky: true, shuffle: true),
        Convolution(1, 4, 4, 64, 128, 3, 1, leaky: true, shuffle: true),
        Convolution(1, 3, 5, 12, 8, 3, 1, leaky: false, shuffle: true),
        Convolution(1, 8, 6, 6, 7, 4, 2, leaky: true, shuffle: false),
        Convolution(3, 5, 7, 6, 7, 4, 1, leaky: false, shuffle: false),
        Convolution(3, 5, 5, 33, 12, 1, 1, leaky: true, shuffle: false),
        Convolution(1, 6, 7, 8, 8, 1, 2, leaky: false, shuffle: false),
        Convolution(3, 7, 8, 9, 10, 3, 2, leaky: true, shuffle: false),
        Convolution(3, 1, 1, 5, 3, 5, 1, leaky: true, shuffle: false),
        Convolution(3, 16, 16, 64, 3, 5, 1, leaky: false, shuffle: false),
        Convolution(16, 32, 32, 3, 32, 5, 2, leaky: true, shuffle: false, inputGradient: false),
        Convolution(16, 4, 4, 128, 256, 3, 1, leaky: true, shuffle: true),
        Convolution(16, 8, 8, 64, 128, 5, 2, leaky: true, shuffle: false),
        Padded(1, 13, 12, 3, 16, 5, 2, 0),
        Padded(1, 9, 10, 32, 45, 5, 1, 2),
        Padded(3, 8, 7, 9, 10, 3, 2, 0),
        Padded(1, 12, 11, 45, 1, 9, 1, 4),
        Padded(1, 7, 9, 6, 7, 3, 1, 0),
        Padded(1, 40, 37, 16, 32, 5, 2, 0),
        new DenseProduct(1, 1, 1, InputGradient: true),
        new DenseProduct(1, 5, 3, InputGradient: true),
        new DenseProduct(3, 33, 17, InputGradient: true),
        new DenseProduct(3, 1000, 65, InputGradient: false),
        new DenseProduct(16, 256, 512, InputGradient: true),
    ];

    /// <summary>With ReLU, a slope of 0: forward only, since the sign of the result no longer tells that of the sum. The first has many pixels of few
    /// channels, as the first layer of a detector.</summary>
    private static ConvolutionProduct[] InferenceShapes { get; } =
    [
        Padded(1, 61, 83, 3, 16, 5, 2, 0, slope: 0),
        Padded(1, 29, 35, 16, 32, 5, 2, 0, slope: 0),
        Padded(1, 23, 31, 32, 45, 5, 1, 2, slope: 0),
        Padded(2, 19, 21, 45, 45, 5, 1, 2, slope: 0),
        Padded(1, 24, 25, 3, 32, 7, 2, 0, slope: 0),
        Padded(2, 9, 9, 64, 128, 3, 2, 0, slope: 0),
    ];

    public static IEnumerable<ConformanceCase> Cases()
    {
        foreach (Precision precision in ConformanceSuite.Precisions)
        {
            foreach (ConvolutionProduct product in InferenceShapes)
                yield return new($"{product.Name} relu {precision.ToString().ToLowerInvariant()} inference", precision, subject => Forward(subject, product, precision, training: false));
        }
        foreach (Precision precision in ConformanceSuite.Precisions)
        {
            foreach (Product product in Shapes)
            {
                string name = $"{product.Name} {precision.ToString().ToLowerInvariant()}";
                yield return new($"{name} forward", precision, subject => Forward(subject, product, precision, training: true));
                yield return new($"{name} inference", precision, subject => Forward(subject, product, precision, training: false));
                yield return new($"{name} backward", precision, subject => Backward(subject, product, precision));
                yield return new($"{name} repeated", precision, subject => Repeated(subject, product, precision))
                {
                    Needs = static subject => subject.RepeatsToTheBit,
                };
                yield return new($"{name} import and export", precision, subject => RoundTrip(subject, product, precision));
            }
        }
    }

    public static Product Convolution(int batch, int height, int width, int inputs, int outputs, int kernel, int stride, bool leaky, bool shuffle,
        bool inputGradient = true) =>
        new ConvolutionProduct(new Conv2dSpec(batch, height, width, inputs, outputs, kernel, stride, leaky ? Activation.LeakyRelu : Activation.None,
            Slope, shuffle, Precision.Fp32, Training: true, inputGradient));

    // With padding of its own: dlib's networks.
    private static ConvolutionProduct Padded(int batch, int height, int width, int inputs, int outputs, int kernel, int stride, int padding,
        float slope = Slope) =>
        new(new Conv2dSpec(batch, height, width, inputs, outputs, kernel, stride, Activation.LeakyRelu, slope, false, Precision.Fp32, Training: true,
            InputGradient: true)
        { Padding = padding });

    private static Finding Forward(IBackend subject, Product product, Precision precision, bool training)
    {
        using var reference = new ReferenceBackend(threads: 1);
        ProductData data = ProductData.Random(product, precision.ActivationType());
        ForwardResult actual = ProductRun.Forward(subject, product, precision, data, training);
        if (actual.Breach is { } breach)
            return Finding.Broken(breach);
        ForwardResult expected = ProductRun.Forward(reference, product, Precision.Fp32, data);
        ForwardResult magnitude = ProductRun.Forward(reference, product.Linear(), Precision.Fp32,
            data with { X = Noise.Abs(data.X), Kernel = Noise.Abs(data.Kernel), Bias = Noise.Abs(data.Bias) });
        var comparison = new Comparison();
        comparison.Add("y", actual.Y, expected.Y, magnitude.Y, Tolerance.Sum(product.ForwardTerms, precision));
        return comparison.Finding;
    }

    private static Finding Backward(IBackend subject, Product product, Precision precision)
    {
        using var reference = new ReferenceBackend(threads: 1);
        ProductData data = ProductData.Random(product, precision.ActivationType());
        float[] y = ProductRun.Forward(reference, product, Precision.Fp32, data).Y;
        BackwardResult actual = ProductRun.Backward(subject, product, precision, data, y);
        if (actual.Breach is { } breach)
            return Finding.Broken(breach);
        BackwardResult expected = ProductRun.Backward(reference, product, Precision.Fp32, data, y);
        var dz = new float[data.Dy.Length];
        for (int i = 0; i < dz.Length; i++)
            dz[i] = Math.Abs(data.Dy[i]) * (y[i] >= 0 ? 1 : product.Slope);
        BackwardResult magnitude = ProductRun.Backward(reference, product.Linear(), Precision.Fp32,
            new ProductData(Noise.Abs(data.X), Noise.Abs(data.Kernel), data.Bias, dz), y);
        var comparison = new Comparison();
        comparison.Add("dx", actual.DX, expected.DX, magnitude.DX, Tolerance.Sum(product.DataTerms, precision));
        comparison.Add("dKernel", actual.DKernel, expected.DKernel, magnitude.DKernel, Tolerance.Sum(product.KernelTerms, precision));
        comparison.Add("dBias", actual.DBias, expected.DBias, magnitude.DBias, Tolerance.Sum(product.KernelTerms, precision));
        return comparison.Finding;
    }

    private static Finding Repeated(IBackend subject, Product product, Precision precision)
    {
        ProductData data = ProductData.Random(product, precision.ActivationType());
        float[] y = ProductRun.Forward(subject, product, precision, data).Y;
        if (!Noise.SameBits(y, ProductRun.Forward(subject, product, precision, data).Y))
            return Finding.Broken("the same forward pass gave other bits the second time");
        BackwardResult first = ProductRun.Backward(subject, product, precision, data, y);
        return first.SameBits(ProductRun.Backward(subject, product, precision, data, y))
            ? Finding.Kept
            : Finding.Broken("the same backward pass gave other bits the second time");
    }

    private static Finding RoundTrip(IBackend subject, Product product, Precision precision)
    {
        using IProductOperation operation = product.Create(subject, precision, training: true);
        using var rig = new Rig(subject);
        if (operation.Parameters.KernelStorage < product.KernelCount)
            return Finding.Broken($"{operation.Parameters.KernelStorage} elements cannot hold a kernel of {product.KernelCount}");
        float[] keras = Noise.Symmetric(product.KernelCount, 5), back = new float[product.KernelCount];
        DeviceSpan<float> storage = ProductRun.Kernel(rig, operation, keras);
        operation.Parameters.ExportKernel(storage, back);
        if (!Noise.SameBits(keras, back))
            return Finding.Broken("the exported kernel is not the imported one");
        if (!Noise.SameBits(rig.Read(storage), rig.Read(ProductRun.KernelInParts(rig, operation, keras))))
            return Finding.Broken("the kernel imported in parts is not the one imported whole");
        double sum = rig.Read(storage).Sum(v => Math.Abs((double)v)), expected = keras.Sum(v => Math.Abs((double)v));
        // Adding the same numbers in another order, in double: far below one of them.
        return Math.Abs(sum - expected) <= 1e-9 * expected ? Finding.Unless(rig.Breach()) : Finding.Broken("the kernel's padding is not zero");
    }
}

/// <summary>Compares results element by element, each error as a part of its magnitude and of its bound.</summary>
internal sealed class Comparison
{
    private double worst, error, bound = double.PositiveInfinity;
    private string where = "";

    /// <summary>The largest error found, in parts of the magnitude, and the bound that applies to it.</summary>
    public Finding Finding => new(error, bound, where);

    /// <summary>Adds one result. Where the magnitude is 0, only the expected value itself will do.</summary>
    public void Add(string name, float[] actual, float[] expected, float[] magnitude, double allowed)
    {
        if (bound == double.PositiveInfinity)
            bound = allowed;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)actual[i] - expected[i]);
            double relative = magnitude[i] > 0 ? difference / magnitude[i] : difference == 0 ? 0 : double.PositiveInfinity;
            if (relative / allowed <= worst || double.IsNaN(worst))
                continue;
            (worst, error, bound, where) = (relative / allowed, relative, allowed, $"{name}[{i}] is {actual[i]:G9}, expected {expected[i]:G9}");
        }
    }
}

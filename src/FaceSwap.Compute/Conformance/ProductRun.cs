namespace FaceSwap.Compute.Conformance;

/// <summary>Host data of one run of a <see cref="Product"/>; kernel in Keras order.</summary>
internal sealed record ProductData(float[] X, float[] Kernel, float[] Bias, float[] Dy)
{
    /// <summary>Reproducible numbers whose results are of the order of 1; x and dy as the activation type can hold them.</summary>
    public static ProductData Random(Product product, ElementType type) => new(
        Noise.RoundTo(type, Noise.Symmetric(product.XCount, 1)),
        Noise.Symmetric(product.KernelCount, 2, (float)(2 / Math.Sqrt(product.ForwardTerms))),
        Noise.Symmetric(product.BiasCount, 3),
        Noise.RoundTo(type, Noise.Symmetric(product.YCount, 4)));
}

/// <summary>What a forward pass gave.</summary>
internal sealed record ForwardResult(float[] Y, string? Breach);

/// <summary>What a backward pass gave; dX is empty when it was not asked for.</summary>
internal sealed record BackwardResult(float[] DX, float[] DKernel, float[] DBias, string? Breach)
{
    public bool SameBits(BackwardResult other) =>
        Noise.SameBits(DX, other.DX) && Noise.SameBits(DKernel, other.DKernel) && Noise.SameBits(DBias, other.DBias);
}

/// <summary>Runs a <see cref="Product"/> on a backend, in guarded memory.</summary>
internal static class ProductRun
{
    public static ForwardResult Forward(IBackend backend, Product product, Precision precision, ProductData data, bool training = true)
    {
        using IProductOperation operation = product.Create(backend, precision, training);
        using var rig = new Rig(backend);
        ElementType type = precision.ActivationType();
        DeviceSpan<byte> x = rig.Activation("x", data.X, type);
        DeviceSpan<float> kernel = Kernel(rig, operation, data.Kernel), bias = rig.Input("bias", data.Bias);
        DeviceSpan<byte> y = rig.Output("y", product.YCount * type.Bytes()), workspace = rig.Output("workspace", operation.Parameters.WorkspaceBytes);
        operation.Forward(x, kernel, bias, y, workspace);
        return new ForwardResult(rig.Read(y, type), rig.Breach());
    }

    /// <param name="backend">Where to run.</param>
    /// <param name="product">What to run.</param>
    /// <param name="precision">How to run it.</param>
    /// <param name="data">Input, kernel and gradient.</param>
    /// <param name="y">The forward pass's output, the same for all backends, so that all see the same signs.</param>
    public static BackwardResult Backward(IBackend backend, Product product, Precision precision, ProductData data, float[] y)
    {
        using IProductOperation operation = product.Create(backend, precision, training: true);
        using var rig = new Rig(backend);
        ElementType type = precision.ActivationType();
        long storage = operation.Parameters.KernelStorage * sizeof(float);
        DeviceSpan<byte> x = rig.Activation("x", data.X, type), result = rig.Activation("y", y, type), dy = rig.InOutActivation("dy", data.Dy, type);
        DeviceSpan<float> kernel = Kernel(rig, operation, data.Kernel);
        DeviceSpan<byte> dx = product.InputGradient ? rig.Output("dx", product.XCount * type.Bytes()) : default;
        DeviceSpan<float> dKernel = rig.Output("dKernel", storage).As<float>();
        DeviceSpan<float> dBias = rig.Output("dBias", product.BiasCount * sizeof(float)).As<float>();
        DeviceSpan<byte> workspace = rig.Output("workspace", operation.Parameters.WorkspaceBytes);
        operation.Backward(x, result, dy, kernel, dx, dKernel, dBias, workspace);
        var keras = new float[product.KernelCount];
        operation.Parameters.ExportKernel(dKernel, keras);
        return new BackwardResult(product.InputGradient ? rig.Read(dx, type) : [], keras, rig.Read(dBias), rig.Breach());
    }

    /// <summary>The kernel in the operation's order, counted as an input from then on.</summary>
    public static DeviceSpan<float> Kernel(Rig rig, IProductOperation operation, float[] keras)
    {
        DeviceSpan<byte> kernel = rig.Output("kernel", operation.Parameters.KernelStorage * sizeof(float));
        operation.Parameters.ImportKernel(keras, kernel.As<float>());
        rig.Keep(kernel);
        operation.Parameters.KernelChanged(kernel.As<float>());
        return kernel.As<float>();
    }

    /// <summary>The kernel in the operation's order, brought there in the smallest parts that it takes, the last first; whole, if it takes none.</summary>
    public static DeviceSpan<float> KernelInParts(Rig rig, IProductOperation operation, float[] keras)
    {
        DeviceSpan<float> kernel = rig.Output("kernel in parts", operation.Parameters.KernelStorage * sizeof(float)).As<float>();
        int unit = operation.Parameters.ImportUnit;
        if (unit == 0)
            operation.Parameters.ImportKernel(keras, kernel);
        for (int first = keras.Length - unit; unit > 0 && first >= 0; first -= unit)
            operation.Parameters.ImportKernelPart(first, keras.AsSpan(first, unit), kernel);
        return kernel;
    }
}

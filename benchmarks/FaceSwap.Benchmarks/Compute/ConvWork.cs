using FaceSwap.Compute;

namespace FaceSwap.Benchmarks.Compute;

/// <summary>One pass of a convolution.</summary>
internal sealed class ConvWork : KernelWork
{
    private readonly IConv2d conv;
    private readonly Pass pass;
    private readonly DeviceSpan<float> kernel, bias, dKernel, dBias;
    private readonly DeviceSpan<byte> x, y, dy, dx, workspace;

    public ConvWork(IBackend backend, in Conv2dSpec spec, Pass pass) : base(backend)
    {
        this.pass = pass;
        ElementType type = spec.Precision.ActivationType();
        conv = Own(backend.CreateConv2d(spec));
        x = Numbers(spec.InputCount, type, "x");
        y = Numbers(spec.OutputCount, type, "y");
        kernel = Bytes(conv.KernelStorage * sizeof(float), "kernel").As<float>();
        float[] keras = new float[spec.KernelCount];
        var random = new Random(2);
        for (int i = 0; i < keras.Length; i++)
            keras[i] = (random.NextSingle() - 0.5f) * 0.05f;
        conv.ImportKernel(keras, kernel);
        conv.KernelChanged(kernel);
        bias = Numbers(spec.OutChannels, "bias");
        workspace = Bytes(conv.WorkspaceBytes, "workspace");
        if (pass == Pass.Forward)
            return;
        dy = Numbers(spec.OutputCount, type, "dy");
        dKernel = Bytes(conv.KernelStorage * sizeof(float), "dKernel").As<float>();
        dBias = Bytes(spec.OutChannels * sizeof(float), "dBias").As<float>().Slice(0, spec.OutChannels);
        dx = pass == Pass.WeightsAndData ? Bytes(spec.InputCount * type.Bytes(), "dx") : default;
    }

    // A backward pass destroys dy: what is left of it (scaled where y is below zero) is as good to time the next one with.
    public override void Run()
    {
        if (pass == Pass.Forward)
            conv.Forward(x, kernel, bias, y, workspace);
        else
            conv.Backward(x, y, dy, kernel, dx, dKernel, dBias, workspace);
    }
}

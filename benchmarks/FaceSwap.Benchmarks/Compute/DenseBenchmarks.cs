using BenchmarkDotNet.Attributes;
using FaceSwap.Compute;

namespace FaceSwap.Benchmarks.Compute;

/// <summary>A dense layer of the Original model.</summary>
public sealed record DenseLayer(string Name, int Inputs, int Outputs)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The Original model's two dense layers, batch 16, fp32.</summary>
public class DenseBenchmarks : BackendSuite
{
    private const int Batch = 16;

    /// <summary>The layers.</summary>
    public static IEnumerable<DenseLayer> Layers => [new("16384→1024", 16384, 1024), new("1024→16384", 1024, 16384)];

    /// <summary>Which layer.</summary>
    [ParamsSource(nameof(Layers))]
    public DenseLayer Layer { get; set; } = new("16384→1024", 16384, 1024);

    /// <summary>Which pass.</summary>
    [ParamsAllValues]
    public Pass Pass { get; set; }

    private protected override KernelWork Prepare(IBackend backend) => new Work(backend, Layer, Pass);

    private sealed class Work : KernelWork
    {
        private readonly IDense dense;
        private readonly Pass pass;
        private readonly DeviceSpan<float> kernel, bias, dKernel, dBias;
        private readonly DeviceSpan<byte> x, y, dx, workspace;

        public Work(IBackend backend, DenseLayer layer, Pass pass) : base(backend)
        {
            this.pass = pass;
            var spec = new DenseSpec(Batch, layer.Inputs, layer.Outputs, Precision.Fp32, pass != Pass.Forward, pass == Pass.WeightsAndData);
            dense = Own(backend.CreateDense(spec));
            x = Numbers((long)Batch * layer.Inputs, ElementType.Float32, "x");
            y = Numbers((long)Batch * layer.Outputs, ElementType.Float32, "y");
            kernel = Numbers(dense.KernelStorage, "kernel", 0.02f);
            dense.KernelChanged(kernel);
            bias = Numbers(layer.Outputs, "bias");
            workspace = Bytes(dense.WorkspaceBytes, "workspace");
            dKernel = Bytes(pass == Pass.Forward ? 0 : dense.KernelStorage * sizeof(float), "dKernel").As<float>();
            dBias = Numbers(layer.Outputs, "dBias");
            dx = pass == Pass.WeightsAndData ? Bytes((long)Batch * layer.Inputs * sizeof(float), "dx") : default;
        }

        public override void Run()
        {
            if (pass == Pass.Forward)
                dense.Forward(x, kernel, bias, y, workspace);
            else
                dense.Backward(x, y, kernel, dx, dKernel, dBias, workspace);
        }
    }
}

using BenchmarkDotNet.Attributes;
using FaceSwap.Compute;

namespace FaceSwap.Benchmarks.Compute;

/// <summary>The Original model's convolutions, one face, fp32, against scalar C#.</summary>
public class Conv2dBenchmarks : BackendSuite
{
    /// <summary>The layers.</summary>
    public static IEnumerable<ConvLayer> Layers => ConvLayer.All;

    /// <summary>Which layer.</summary>
    [ParamsSource(nameof(Layers))]
    public ConvLayer Layer { get; set; } = ConvLayer.All[0];

    /// <summary>Which pass.</summary>
    [ParamsAllValues]
    public Pass Pass { get; set; }

    private protected override KernelWork Prepare(IBackend backend) =>
        new ConvWork(backend, Layer.Spec(1, Precision.Fp32, Pass != Pass.Forward, Pass == Pass.WeightsAndData), Pass);
}

/// <summary>The Original model's convolutions with a training batch of 16, against oneDNN.</summary>
public class Conv2dBatchBenchmarks : BackendWork
{
    private const int Batch = 16;
    private Precision precision;

    /// <summary>The layers.</summary>
    public static IEnumerable<ConvLayer> Layers => ConvLayer.All;

    /// <summary>Which layer.</summary>
    [ParamsSource(nameof(Layers))]
    public ConvLayer Layer { get; set; } = ConvLayer.All[0];

    /// <summary>Which pass.</summary>
    [ParamsAllValues]
    public Pass Pass { get; set; }

    /// <summary>Opens oneDNN.</summary>
    [GlobalSetup(Target = nameof(OneDnn))]
    public void OpenOneDnn() => Open("onednn", Precision.Fp32);

    /// <summary>Opens our products in fp32.</summary>
    [GlobalSetup(Target = nameof(Cpu))]
    public void OpenCpu() => Open("cpu", Precision.Fp32);

    /// <summary>Opens our products in bf16.</summary>
    [GlobalSetup(Target = nameof(CpuBFloat16))]
    public void OpenCpuBFloat16() => Open("cpu", Precision.Bf16);

    /// <summary>Opens the first GPU.</summary>
    [GlobalSetup(Target = nameof(Cuda))]
    public void OpenCuda() => Open("cuda", Precision.Fp32);

    /// <summary>oneDNN, fp32.</summary>
    [Benchmark(Baseline = true)]
    public void OneDnn() => Run();

    /// <summary>Our products, fp32.</summary>
    [Benchmark]
    public void Cpu() => Run();

    /// <summary>Our products, bf16.</summary>
    [Benchmark]
    public void CpuBFloat16() => Run();

    /// <summary>A GPU, fp32, with the wait for its end.</summary>
    [Benchmark]
    public void Cuda() => Run();

    private protected override KernelWork Prepare(IBackend backend) =>
        new ConvWork(backend, Layer.Spec(Batch, precision, Pass != Pass.Forward, Pass == Pass.WeightsAndData), Pass);

    private void Open(string name, Precision computed)
    {
        precision = computed;
        Open(name);
    }
}

using BenchmarkDotNet.Attributes;

namespace FaceSwap.Benchmarks;

/// <summary>One operation on every backend, with the scalar C# as the baseline.</summary>
public abstract class BackendSuite : BackendWork
{
    /// <summary>Opens the scalar backend.</summary>
    [GlobalSetup(Target = nameof(Reference))]
    public void OpenReference() => Open("reference");

    /// <summary>Opens the processor's.</summary>
    [GlobalSetup(Target = nameof(Cpu))]
    public void OpenCpu() => Open("cpu");

    /// <summary>Opens oneDNN's.</summary>
    [GlobalSetup(Target = nameof(OneDnn))]
    public void OpenOneDnn() => Open("onednn");

    /// <summary>Opens the first GPU's.</summary>
    [GlobalSetup(Target = nameof(Cuda))]
    public void OpenCuda() => Open("cuda");

    /// <summary>Scalar C#.</summary>
    [Benchmark(Baseline = true)]
    public void Reference() => Run();

    /// <summary>This project's products.</summary>
    [Benchmark]
    public void Cpu() => Run();

    /// <summary>oneDNN's products.</summary>
    [Benchmark]
    public void OneDnn() => Run();

    /// <summary>A GPU, with the wait for its end.</summary>
    [Benchmark]
    public void Cuda() => Run();
}

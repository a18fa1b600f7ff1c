using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Models.Golden;

namespace FaceSwap.Cuda.Tests;

/// <summary>The engine's golden values, computed by another implementation, on the CUDA backend.</summary>
public class CudaGoldenTests : CudaTest
{
    [Theory]
    [InlineData("original_seed7_batch2.json", Precision.Fp32)]
    [InlineData("original_seed7_batch2.json", Precision.Tf32)]
    [InlineData("original_seed7_batch2.json", Precision.Bf16)]
    [InlineData("lowmem_seed11_batch3.json", Precision.Fp32)]
    [InlineData("lowmem_seed11_batch3.json", Precision.Tf32)]
    [InlineData("lowmem_seed11_batch3.json", Precision.Bf16)]
    public void Agrees(string file, Precision precision)
    {
        using CudaBackend backend = Open();
        IReadOnlyList<CheckResult> results = EngineGolden.Check(TestKit.Golden.Path("engine", file), backend, precision);
        Assert.NotEmpty(results);
        Assert.True(results.All(r => r.Passed), string.Join("\n", results.Select(r => r.ToString())));
    }
}

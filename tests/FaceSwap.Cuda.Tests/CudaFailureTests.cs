using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Cuda.Tests;

/// <summary>Whatever the driver refuses, the exception names it and nothing stays behind (the base class counts).</summary>
public class CudaFailureTests : CudaTest
{
    private const int Invalid = (int)CudaResult.InvalidValue, Short = (int)CudaResult.OutOfMemory;

    [Theory]
    [InlineData("cuCtxSetCurrent", 0)]
    [InlineData("cuStreamCreate", 0)]
    [InlineData("cuMemPoolCreate", 0)]
    [InlineData("cuMemPoolSetAttribute", 0)]
    [InlineData("cuEventCreate", 0)]
    [InlineData("cuEventCreate", 4)]
    [InlineData("cuMemHostAlloc", 0)]
    [InlineData("cuModuleLoadDataEx", 0)]
    [InlineData("cuModuleGetFunction", 1)]
    [InlineData("cuFuncGetAttribute", 2)]
    public void Opening(string function, int after)
    {
        FakeCuda.fake_cuda_refuse(function, Invalid, after, 1);
        Exception e = Assert.ThrowsAny<Exception>(() => Open());
        CudaException cause = Assert.IsType<CudaException>(e is UserErrorException ? e.InnerException : e);
        Assert.Equal("CUDA_ERROR_INVALID_VALUE", cause.Name);
        Assert.Contains("cuda:0 (FakeCuda", cause.Message);
    }

    [Fact]
    public void A_device_that_is_taken_is_one_sentence()
    {
        FakeCuda.fake_cuda_refuse("cuDevicePrimaryCtxRetain", 46, 0, 1); // CUDA_ERROR_DEVICE_UNAVAILABLE
        Assert.Contains("cannot be opened", Assert.Throws<UserErrorException>(() => Open()).Message);
    }

    [Theory]
    [InlineData("cuStreamBeginCapture_v2")]
    [InlineData("cuGraphGetNodes")]
    [InlineData("cuGraphInstantiateWithFlags")]
    [InlineData("cuGraphUpload")]
    public void Recording(string function)
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(16, "test");
        FakeCuda.fake_cuda_refuse(function, Invalid, 0, 1);
        Assert.Throws<CudaException>(() => backend.Record(() => backend.Clear(buffer.Span<byte>())));
    }

    [Fact]
    public void A_graph_too_large_for_the_device_is_a_shortage()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(16, "test");
        FakeCuda.fake_cuda_refuse("cuGraphInstantiateWithFlags", Short, 0, 1);
        Assert.Throws<NotEnoughMemoryException>(() => backend.Record(() => backend.Clear(buffer.Span<byte>())));
    }

    [Theory]
    [InlineData("cuMemHostAlloc", 0)]
    [InlineData("cuEventCreate", 2)]
    public void Reading_back(string function, int after)
    {
        using CudaBackend backend = Open();
        FakeCuda.fake_cuda_refuse(function, Short, after, 1);
        Assert.Throws<CudaException>(() => backend.CreateReadback(16, 4));
    }

    [Theory]
    [InlineData("cuMemcpyHtoDAsync_v2")]
    [InlineData("cuEventRecord")]
    public void Copying(string function)
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(16, "test");
        FakeCuda.fake_cuda_refuse(function, Invalid, 0, 1);
        string message = Assert.Throws<CudaException>(() => backend.Upload<byte>(new byte[16], buffer.Span<byte>())).Message;
        Assert.Contains(function, message);
    }

    [Fact]
    public void Clearing_new_memory_that_fails_frees_it()
    {
        using CudaBackend backend = Open();
        FakeCuda.fake_cuda_refuse("cuMemsetD32Async", Invalid, 0, 1);
        Assert.Throws<CudaException>(() => backend.Allocate(16, "test"));
    }

    [Fact]
    public void What_the_compiler_says_is_in_the_message()
    {
        using CudaBackend backend = Open();
        CudaException e = Assert.Throws<CudaException>(() => SafeCudaModuleHandle.Load(backend.Device.Context, ".version 6.3\n.nonsense\n\0"u8, "nonsense.ptx"));
        Assert.Contains("loading nonsense.ptx failed on cuda:0", e.Message);
        Assert.Contains('\n', e.Message); // the log follows
        Assert.Throws<ArgumentException>(() => SafeCudaModuleHandle.Load(backend.Device.Context, ".version 6.3"u8, "endless.ptx"));
    }

    [Fact]
    public void A_dependant_keeps_its_context()
    {
        CudaBackend backend = Open();
        DeviceBuffer buffer = backend.Allocate(16, "test");
        IRecording recording = backend.Record(() => backend.Clear(buffer.Span<byte>()));
        backend.Dispose();
        Assert.Equal(1, FakeCuda.Live("contexts"));
        recording.Dispose();
        buffer.Dispose();
        Assert.Equal(0, FakeCuda.Live("contexts"));
    }
}

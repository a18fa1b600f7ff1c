using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Interop;

namespace FaceSwap.Cuda.Tests;

/// <summary>Memory, copies through staging, recordings and what they refuse.</summary>
public class CudaMemoryTests : CudaTest
{
    private const int OutOfMemory = (int)CudaResult.OutOfMemory, LaunchFailed = (int)CudaResult.LaunchFailed;

    // Below, at and above one slot of the staging ring (4 MiB), and more than all of them.
    [Theory]
    [InlineData(1)]
    [InlineData((4 << 20) - 1)]
    [InlineData(4 << 20)]
    [InlineData((4 << 20) + 1)]
    [InlineData((37 << 20) + 5)]
    public void What_goes_up_comes_down(int bytes)
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(bytes, "test");
        byte[] content = new byte[bytes], back = new byte[bytes];
        new Random(bytes).NextBytes(content);
        backend.Upload<byte>(content, buffer.Span<byte>());
        backend.Download(buffer.Span<byte>(), back);
        Assert.True(content.AsSpan().SequenceEqual(back));
    }

    [Fact]
    public void The_source_of_an_upload_may_be_reused_at_once()
    {
        const int Count = 3000;
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(Count * 4096, "test");
        byte[] piece = new byte[4096], back = new byte[Count * 4096];
        for (int i = 0; i < Count; i++)
        {
            piece.AsSpan().Fill((byte)(i % 251));
            backend.Upload<byte>(piece, buffer.Span<byte>().Slice(i * 4096L, 4096));
        }
        backend.Download(buffer.Span<byte>(), back);
        for (int i = 0; i < Count; i++)
            Assert.False(back.AsSpan(i * 4096, 4096).ContainsAnyExcept((byte)(i % 251)), $"piece {i}");
    }

    [Fact]
    public void Copies_allocate_nothing()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(9 << 20, "test");
        using IReadback ring = backend.CreateReadback(16, 2);
        byte[] content = new byte[9 << 20], small = new byte[16];
        DeviceSpan<byte> all = buffer.Span<byte>(), first = all.Slice(0, 16);
        void Round()
        {
            backend.Upload<byte>(content, all);
            ring.Enqueue(first);
            backend.Clear(first);
            ring.Take(small);
            backend.Download(all, content);
        }
        for (int i = 0; i < 3; i++)
            Round();
        IReadOnlyDictionary<string, long> handles = HandleCounters.Live;
        long native = FakeCuda.Live(), before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3; i++)
            Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(native, FakeCuda.Live());
        Assert.Equal(handles, HandleCounters.Live);
    }

    [Fact]
    public void Memory_follows_allocations()
    {
        using CudaBackend backend = Open();
        DeviceMemory before = backend.Memory;
        using DeviceBuffer buffer = backend.Allocate(64 << 20, "test");
        DeviceMemory after = backend.Memory;
        Assert.Equal(before.Total, after.Total);
        Assert.InRange(before.Free - after.Free, 64 << 20, 80 << 20);
        Assert.InRange(after.Free, 1, after.Total);
    }

    [Fact]
    public void Out_of_memory_says_what_was_needed_and_free_and_what_to_change()
    {
        using CudaBackend backend = Open();
        FakeCuda.fake_cuda_set_memory(64 << 20);
        NotEnoughMemoryException e = Assert.Throws<NotEnoughMemoryException>(() => backend.Allocate(100 << 20, "activations"));
        Assert.Equal(100 << 20, e.Needed);
        Assert.Contains("activations: 100 MiB needed, ", e.Message);
        Assert.Contains("free on cuda:0", e.Message);
        Assert.Contains("--batch-size", e.Message);
    }

    [Fact]
    public void A_refusal_that_passes_when_the_pool_is_trimmed_is_not_noticed()
    {
        using CudaBackend backend = Open();
        FakeCuda.fake_cuda_refuse("cuMemAlloc_v2", OutOfMemory, 0, 1);
        using DeviceBuffer buffer = backend.Allocate(16, "test");
        Assert.Equal(16, buffer.ByteLength);
    }

    [Fact]
    public void A_refused_allocation_leaves_nothing_behind()
    {
        FakeCuda.fake_cuda_refuse("cuMemHostAlloc", OutOfMemory, 3, 1);
        CudaException e = Assert.Throws<CudaException>(() => Open());
        Assert.Equal("CUDA_ERROR_OUT_OF_MEMORY", e.Name);
        Assert.Contains("cuda:0", e.Device);
    }

    [Fact]
    public void A_recording_refuses_to_allocate_copy_or_wait()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(16, "test");
        using IReadback ring = backend.CreateReadback(16, 1);
        DeviceSpan<byte> span = buffer.Span<byte>();
        byte[] host = new byte[16];
        Action[] forbidden =
        [
            () => backend.Allocate(16, "test"),
            () => backend.Upload<byte>(host, span),
            () => backend.Download(span, host),
            () => backend.Synchronize(),
            () => backend.CreateReadback(16, 1),
            () => ring.Enqueue(span),
            () => backend.Record(() => { }),
        ];
        foreach (Action action in forbidden)
        {
            string message = Assert.Throws<InvalidOperationException>(() => backend.Record(action)).Message;
            Assert.Contains("recording", message);
        }
        // The stream is as it was: it can be used and recorded again.
        using IRecording recording = backend.Record(() => backend.Increment(span.As<long>().Slice(0, 1), 3));
        recording.Run();
        backend.Download(span, host);
        Assert.Equal(3, host[0]);
    }

    [Fact]
    public void A_recording_is_one_graph()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(1 << 20, "test");
        DeviceSpan<long> counter = buffer.Span<long>().Slice(0, 1);
        using var recording = (CudaRecording)backend.Record(() =>
        {
            backend.Clear(buffer.Span<byte>());
            for (int i = 0; i < 5; i++)
                backend.Increment(counter, 1);
        });
        Assert.Equal(6, recording.NodeCount);
        long launches = FakeCuda.Calls("cuLaunchKernel");
        recording.Run();
        backend.Synchronize();
        Assert.Equal(launches, FakeCuda.Calls("cuLaunchKernel"));
    }

    [Fact]
    public void A_launch_that_fails_names_the_kernel_and_its_grid()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(16, "test");
        FakeCuda.fake_cuda_refuse("cuLaunchKernel", LaunchFailed, 0, 1);
        CudaException e = Assert.Throws<CudaException>(() => backend.Increment(buffer.Span<long>().Slice(0, 1), 1));
        Assert.Contains("fs_increment_i64", e.Message);
        Assert.Contains("grid", e.Message);
        Assert.Equal("CUDA_ERROR_LAUNCH_FAILED", e.Name);
    }

    [Fact]
    public void A_backend_may_be_used_from_another_thread()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(16, "test");
        using IRecording recording = backend.Record(() => backend.Increment(buffer.Span<long>().Slice(0, 1), 2));
        long[] value = new long[1];
        var other = new Thread(() =>
        {
            recording.Run();
            backend.Download(buffer.Span<long>().Slice(0, 1), value);
        });
        other.Start();
        other.Join();
        Assert.Equal(2, value[0]);
    }

    [Fact]
    public void Host_memory_is_not_taken_for_device_memory()
    {
        using CudaBackend backend = Open();
        using HostBuffer host = HostBuffer.Allocate(16, "test");
        Assert.Contains("not memory of a CUDA device", Assert.Throws<ArgumentException>(() => backend.Clear(host.Span<byte>())).Message);
    }

    [Fact]
    public void A_timer_measures()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer buffer = backend.Allocate(1 << 20, "test");
        using CudaTimer timer = new(backend);
        timer.Start();
        backend.Clear(buffer.Span<byte>());
        timer.Stop();
        Assert.InRange(timer.Milliseconds(), 0, 60_000);
    }
}

using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;

namespace FaceSwap.Cuda.Tests;

/// <summary>The bf16 copy of a parameter slab is up to date whenever an operation was told of a change, and no conversion runs where Adam wrote it.</summary>
public class NarrowSlabTests : CudaTest
{
    private const int Count = 72, From = 16, Kernel = 40;

    [Fact]
    public void The_copy_follows_uploads_and_Adam()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer memory = backend.Allocate(Count * 4, "slab"), other = backend.Allocate(3 * Count * 4, "gradients and moments"),
            counter = backend.Allocate(8, "step");
        using var kernel = new CudaNarrowKernel(backend, Kernel);
        using IAdam adam = backend.CreateAdam(new AdamSpec(Count, 0.1f, 0.5f, 0.999f, 1e-7f));
        DeviceSpan<float> slab = memory.Span<float>(), part = slab.Slice(From, Kernel), g = other.Span<float>().Slice(0, Count),
            m = other.Span<float>().Slice(Count, Count), v = other.Span<float>().Slice(2 * Count, Count);
        backend.Upload<float>([.. Enumerable.Range(0, Count).Select(i => 1 + (i / 1000f))], slab);
        backend.Upload<float>([.. Enumerable.Range(0, Count).Select(i => i - 30f)], g);
        backend.Upload<long>([1], counter.Span<long>());
        kernel.Changed(part);
        AssertFollows(backend, slab);

        long launches = FakeCuda.Calls("cuLaunchKernel");
        using (IRecording recording = backend.Record(() =>
               {
                   adam.Update(slab, g, m, v, counter.Span<long>());
                   kernel.Changed(part);
               }))
        {
            Assert.Equal(launches + 1, FakeCuda.Calls("cuLaunchKernel")); // Adam's alone: no conversion
            recording.Run();
            recording.Run();
            AssertFollows(backend, slab);

            backend.Upload<float>([.. Enumerable.Range(0, Kernel).Select(i => i * 0.37f)], part);
            kernel.Changed(part);
            AssertFollows(backend, slab);
            recording.Run();
            AssertFollows(backend, slab);
        }
        backend.Clear(memory.Span<byte>());
        kernel.Changed(part);
        AssertFollows(backend, slab);
    }

    [Fact]
    public void A_kernel_that_was_never_placed_is_refused()
    {
        using CudaBackend backend = Open();
        using DeviceBuffer memory = backend.Allocate(Count * 4, "slab");
        using var kernel = new CudaNarrowKernel(backend, Kernel);
        Assert.Throws<InvalidOperationException>(() => kernel.Pointer(memory.Span<float>().Slice(From, Kernel)));
        Assert.Throws<ArgumentException>(() => kernel.Changed(memory.Span<float>().Slice(From + 1, Kernel)));
        Assert.Throws<InvalidOperationException>(() => backend.Record(() => kernel.Changed(memory.Span<float>().Slice(From, Kernel))));
    }

    private static void AssertFollows(CudaBackend backend, DeviceSpan<float> slab)
    {
        CudaNarrowSlab narrow = backend.NarrowSlabs.Find(slab.Buffer)!;
        var master = new float[Count];
        var copy = new ushort[Count];
        backend.Download(slab, master);
        backend.Download(narrow.Copy.Span<ushort>(), copy);
        Assert.Equal(master.AsSpan(From, Kernel).ToArray().Select(BFloat16Bits.FromSingle), copy.AsSpan(From, Kernel).ToArray());
    }
}

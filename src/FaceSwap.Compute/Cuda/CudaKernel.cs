using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>A kernel loaded on a device. It takes one parameter, a struct by value.</summary>
internal sealed unsafe class CudaKernel
{
    // CU_LAUNCH_PARAM_* of cuda.h.
    private const nint BufferPointer = 1, BufferSize = 2, End = 0;

    private readonly CudaDevice device;
    private readonly nint function; // belongs to a module that the device owns
    private readonly KernelDescription description;

    public CudaKernel(CudaDevice device, KernelDescription description, nint function)
    {
        (this.device, this.description, this.function) = (device, description, function);
        // Asking also makes a driver that loads lazily load the kernel now: it must not happen while a step is recorded.
        int threads;
        CudaException.ThrowIfFailed(CudaNative.cuFuncGetAttribute(&threads, CudaFunctionAttribute.MaxThreadsPerBlock, function), device.Description,
            $"asking about the kernel {Name}");
        MaxThreads = Math.Min(threads, description.MaxThreads);
    }

    /// <summary>The entry's name.</summary>
    public string Name => description.Name;

    /// <summary>Most threads that a block may have: what it was compiled for, or less where its registers do not allow that.</summary>
    public int MaxThreads { get; }

    /// <summary>Enqueues the kernel on the device's stream.</summary>
    /// <param name="grid">Blocks, at least one each way.</param>
    /// <param name="block">Threads a block.</param>
    /// <param name="args">The kernel's parameter, of exactly its size.</param>
    /// <exception cref="ArgumentException">Sizes that the kernel was not compiled for.</exception>
    /// <exception cref="CudaException">The driver refuses; also tells of a fault of earlier work.</exception>
    public void Launch<TArgs>(Grid3 grid, Grid3 block, in TArgs args) where TArgs : unmanaged
    {
        if (sizeof(TArgs) != description.ArgumentBytes)
            throw new ArgumentException($"{Name} takes {description.ArgumentBytes} bytes of parameter, and {typeof(TArgs).Name} has {sizeof(TArgs)}");
        if (grid.Count == 0 || block.Count == 0 || block.Count > MaxThreads)
            throw new ArgumentException($"{Name} cannot run as a grid of {grid} blocks of {block} threads; at most {MaxThreads} threads");
        device.MakeCurrent();
        fixed (TArgs* parameter = &args)
        {
            nuint size = (nuint)sizeof(TArgs);
            void** extra = stackalloc void*[] { (void*)BufferPointer, parameter, (void*)BufferSize, &size, (void*)End };
            CudaResult result = CudaNative.cuLaunchKernel(function, grid.X, grid.Y, grid.Z, block.X, block.Y, block.Z, 0, device.Stream, null, extra);
            if (result != CudaResult.Success)
                throw new CudaException(result, $"launching {Name} as a grid of {grid} blocks of {block} threads", device.Description);
        }
    }
}

using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>A frame's place in device memory, and the moments that its next holder must wait for.</summary>
internal sealed class CudaDeviceBlock(SafeCudaDeviceMemoryHandle memory, SafeCudaEventHandle arrived, SafeCudaEventHandle read, SafeCudaEventHandle sent, long bytes) : IDisposable
{
    public nint Address => memory.Address;

    public long Bytes => bytes;

    /// <summary>The samples are complete.</summary>
    public SafeCudaEventHandle Arrived => arrived;

    /// <summary>The backend's work has read them.</summary>
    public SafeCudaEventHandle Read => read;

    /// <summary>They are on the host.</summary>
    public SafeCudaEventHandle Sent => sent;

    /// <summary>Whether <see cref="Read"/> and <see cref="Sent"/> were recorded since it was taken.</summary>
    public bool WasRead { get; set; }

    public bool WasSent { get; set; }

    public void Dispose()
    {
        memory.Dispose();
        arrived.Dispose();
        read.Dispose();
        sent.Dispose();
    }
}

/// <summary>A frame's place in page-locked memory.</summary>
internal sealed class CudaHostBlock(SafeCudaPinnedMemoryHandle memory, SafeCudaEventHandle luma, SafeCudaEventHandle chroma, long bytes) : IDisposable
{
    public nint Address => memory.Address;

    public long Bytes => bytes;

    /// <summary>A plane has come: 0 luma, 1 chroma.</summary>
    public SafeCudaEventHandle Came(int plane) => plane == 0 ? luma : chroma;

    /// <summary>Whether it was given back while a copy into it was under way.</summary>
    public bool IsPending { get; set; }

    public void Dispose()
    {
        memory.Dispose();
        luma.Dispose();
        chroma.Dispose();
    }
}

/// <summary>Blocks for frames, kept by size for the next frame. As many are made as are out at once; from any thread.</summary>
internal sealed class CudaFrameBlocks<TBlock>(Func<long, TBlock?> make, Func<TBlock, long> size) : IDisposable where TBlock : class, IDisposable
{
    private readonly Dictionary<long, Stack<TBlock>> free = [];
    private bool disposed;

    /// <summary>A block of a size; null when none can be made.</summary>
    public TBlock? TryRent(long bytes)
    {
        lock (free)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (free.TryGetValue(bytes, out Stack<TBlock>? stack) && stack.TryPop(out TBlock? block))
                return block;
        }
        return make(bytes);
    }

    public void Return(TBlock block)
    {
        lock (free)
        {
            if (!disposed)
            {
                if (!free.TryGetValue(size(block), out Stack<TBlock>? stack))
                    free[size(block)] = stack = new Stack<TBlock>();
                stack.Push(block);
                return;
            }
        }
        block.Dispose();
    }

    /// <summary>Frees blocks of other sizes than this: a clip of another size follows, and theirs will not come again.</summary>
    public long FreeOthers(long bytes)
    {
        long freed = 0;
        lock (free)
        {
            foreach ((long other, Stack<TBlock> stack) in free)
            {
                while (other != bytes && stack.TryPop(out TBlock? block))
                {
                    freed += other;
                    block.Dispose();
                }
            }
        }
        return freed;
    }

    /// <summary>Frees the unused blocks; others are freed when they are given back.</summary>
    public void Dispose()
    {
        lock (free)
        {
            disposed = true;
            foreach (TBlock block in free.Values.SelectMany(stack => stack))
                block.Dispose();
            free.Clear();
        }
    }
}

using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>Zeroed native host memory, aligned for the widest vectors and for DMA (4096 bytes).</summary>
public sealed unsafe class SafeHostMemoryHandle : SafeHandle
{
    /// <summary>A page: more than any vector needs, and blocks never share one.</summary>
    public const int Alignment = 4096;

    private const string Kind = "host memory";

    private long bytes;

    private SafeHostMemoryHandle() : base(0, ownsHandle: true)
    {
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The address, valid until the handle is disposed; the caller keeps the handle alive.</summary>
    public nint Address => handle;

    /// <summary>Takes memory; zero bytes still give an address.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public static SafeHostMemoryHandle Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var owner = new SafeHostMemoryHandle();
        nuint size = (nuint)Math.Max(1, bytes);
        void* memory = NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(memory, size);
        owner.SetHandle((nint)memory);
        owner.bytes = bytes;
        HandleCounters.Add(Kind);
        HandleCounters.AddBytes(bytes);
        return owner;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        HandleCounters.Remove(Kind);
        HandleCounters.AddBytes(-bytes);
        return true;
    }
}

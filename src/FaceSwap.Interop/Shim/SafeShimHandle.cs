using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>The base of every handle to an object of the shim; counts live objects by type name.</summary>
public abstract class SafeShimHandle : SafeHandle
{
    private readonly string kind;

    private protected SafeShimHandle(string kind) : base(0, ownsHandle: true)
    {
        this.kind = kind;
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Takes ownership of a pointer that an export returned.</summary>
    internal void Own(nint pointer)
    {
        SetHandle(pointer);
        if (pointer != 0)
            HandleCounters.Add(kind);
    }

    /// <summary>Frees the native object; must not throw.</summary>
    private protected abstract void Free(nint pointer);

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle()
    {
        Free(handle);
        HandleCounters.Remove(kind);
        return true;
    }
}

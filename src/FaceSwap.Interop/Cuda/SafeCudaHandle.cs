using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>
/// The base of every handle to an object of a CUDA context. It keeps the context alive, makes it current before it frees the object (which
/// may happen on the finalizer's thread), and counts live objects by type name.
/// </summary>
public abstract class SafeCudaHandle : SafeHandle
{
    private SafeHandle? parent;
    private SafeCudaContextHandle? context;

    private protected SafeCudaHandle() : base(0, ownsHandle: true)
    {
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The device as a person knows it, for exceptions.</summary>
    public string Device => context?.Description ?? "no device";

    /// <summary>The context it belongs to.</summary>
    internal SafeCudaContextHandle Context => context ?? throw new InvalidOperationException("the handle owns nothing");

    /// <summary>Takes ownership of an object that a call returned.</summary>
    /// <param name="pointer">The object.</param>
    /// <param name="owner">Its context.</param>
    /// <param name="dependsOn">What else must outlive it, or null.</param>
    private protected void Own(nint pointer, SafeCudaContextHandle owner, SafeHandle? dependsOn = null)
    {
        bool added = false;
        owner.DangerousAddRef(ref added);
        context = owner;
        if (dependsOn is not null)
        {
            added = false;
            dependsOn.DangerousAddRef(ref added);
            parent = dependsOn;
        }
        SetHandle(pointer);
        HandleCounters.Add(GetType().Name);
    }

    /// <summary>Frees the object, with its context current; must not throw.</summary>
    private protected abstract CudaResult Free(nint pointer);

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle()
    {
        CudaResult current = CudaNative.cuCtxSetCurrent(context!.DangerousGetHandle());
        CudaResult freed = Free(handle);
        HandleCounters.Remove(GetType().Name);
        parent?.DangerousRelease();
        context.DangerousRelease();
        return current == CudaResult.Success && freed == CudaResult.Success;
    }
}

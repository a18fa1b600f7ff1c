using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A device's primary context, shared with every library of the process that uses the device.</summary>
public sealed unsafe class SafeCudaContextHandle : SafeHandle
{
    private readonly int device; // CUdevice

    private SafeCudaContextHandle(int device, string description) : base(0, ownsHandle: true) => (this.device, Description) = (device, description);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The device as a person knows it, for exceptions.</summary>
    public string Description { get; }

    /// <summary>Retains the primary context and makes it current to this thread.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static SafeCudaContextHandle Retain(CudaDeviceFacts facts)
    {
        string description = facts.Description;
        int device;
        CudaException.ThrowIfFailed(CudaNative.cuDeviceGet(&device, facts.Ordinal), description);
        var owner = new SafeCudaContextHandle(device, description);
        nint context;
        CudaException.ThrowIfFailed(CudaNative.cuDevicePrimaryCtxRetain(&context, device), description);
        owner.SetHandle(context);
        HandleCounters.Add(nameof(SafeCudaContextHandle));
        try
        {
            owner.MakeCurrent();
            return owner;
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>Makes the context current to this thread.</summary>
    public void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        CudaException.ThrowIfFailed(CudaNative.cuCtxSetCurrent(handle), Description);
    }

    /// <summary>Makes the context current to this thread if that can be done: after a fault of the device it may not be.</summary>
    public bool TryMakeCurrent() => !IsClosed && CudaNative.cuCtxSetCurrent(handle) == CudaResult.Success;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        // A thread may still have the context current, which is harmless: it is gone for good only when the last holder releases it.
        HandleCounters.Remove(nameof(SafeCudaContextHandle));
        return CudaNative.cuDevicePrimaryCtxRelease_v2(device) == CudaResult.Success;
    }
}

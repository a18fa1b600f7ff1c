using System.Runtime.CompilerServices;

namespace FaceSwap.Interop;

/// <summary>
/// A descriptor of cuDNN's graph API: attributes are set, then it is completed (<c>cudnnBackendFinalize</c>), then others may name it or
/// its attributes be asked. The library copies what it needs of the descriptors that an attribute names, so that those may be disposed of.
/// </summary>
public sealed unsafe class SafeCudnnDescriptorHandle : SafeCudaHandle
{
    private readonly CudnnDescriptorType type;

    private SafeCudnnDescriptorHandle(CudnnDescriptorType type) => this.type = type;

    /// <summary>Creates an empty descriptor. It keeps the library's handle alive.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public static SafeCudnnDescriptorHandle Create(SafeCudnnHandle cudnn, CudnnDescriptorType type)
    {
        var owner = new SafeCudnnDescriptorHandle(type);
        nint created;
        CudnnException.ThrowIfFailed(CudnnNative.cudnnBackendCreateDescriptor(type, &created), cudnn.Device,
            $"cudnnBackendCreateDescriptor({type})");
        owner.Own(created, cudnn.Owner, cudnn);
        return owner;
    }

    /// <summary>Sets an attribute.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public SafeCudnnDescriptorHandle Set<T>(CudnnAttribute name, CudnnAttributeType attributeType, params ReadOnlySpan<T> elements) where T : unmanaged
    {
        fixed (T* first = elements)
            Check(CudnnNative.cudnnBackendSetAttribute(handle, name, attributeType, elements.Length, first), "Set", name);
        return this;
    }

    /// <summary>Names one or more other descriptors, which must be complete.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public SafeCudnnDescriptorHandle Set(CudnnAttribute name, params ReadOnlySpan<SafeCudnnDescriptorHandle> descriptors)
    {
        nint* values = stackalloc nint[descriptors.Length];
        for (int i = 0; i < descriptors.Length; i++)
            values[i] = descriptors[i].handle;
        Check(CudnnNative.cudnnBackendSetAttribute(handle, name, CudnnAttributeType.BackendDescriptor, descriptors.Length, values), "Set", name);
        GC.KeepAlive(descriptors.Length > 0 ? descriptors[0] : null);
        return this;
    }

    /// <summary>Names the library's handle.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public SafeCudnnDescriptorHandle Set(CudnnAttribute name, SafeCudnnHandle cudnn) => Set(name, CudnnAttributeType.Handle, cudnn.Value);

    /// <summary>Completes the descriptor; a refusal is an outcome.</summary>
    public CudnnStatus TryComplete() => CudnnNative.cudnnBackendFinalize(handle);

    /// <summary>Completes the descriptor.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public SafeCudnnDescriptorHandle Complete()
    {
        CudnnStatus status = TryComplete();
        if (status != CudnnStatus.Success)
            throw new CudnnException(status, $"cudnnBackendFinalize({type})", Device);
        return this;
    }

    /// <summary>How many elements an attribute has; the status is an outcome.</summary>
    public CudnnStatus TryCount(CudnnAttribute name, CudnnAttributeType attributeType, out long count)
    {
        long found = 0;
        CudnnStatus status = CudnnNative.cudnnBackendGetAttribute(handle, name, attributeType, 0, &found, null);
        count = found;
        return status;
    }

    /// <summary>Reads an attribute's elements, as many as there are and as fit.</summary>
    /// <returns>How many were read.</returns>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public int Get<T>(CudnnAttribute name, CudnnAttributeType attributeType, Span<T> elements) where T : unmanaged
    {
        long count = 0;
        fixed (T* first = elements)
            Check(CudnnNative.cudnnBackendGetAttribute(handle, name, attributeType, elements.Length, &count, first), "Get", name);
        return (int)Math.Min(count, elements.Length);
    }

    /// <summary>Reads one number.</summary>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public T Get<T>(CudnnAttribute name, CudnnAttributeType attributeType) where T : unmanaged
    {
        T value = default;
        Get(name, attributeType, new Span<T>(ref value));
        return value;
    }

    /// <summary>Fills descriptors that the caller created with those that an attribute names.</summary>
    /// <returns>How many were filled.</returns>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public int Get(CudnnAttribute name, ReadOnlySpan<SafeCudnnDescriptorHandle> descriptors)
    {
        nint[] values = new nint[descriptors.Length];
        for (int i = 0; i < descriptors.Length; i++)
            values[i] = descriptors[i].handle;
        return Get<nint>(name, CudnnAttributeType.BackendDescriptor, values);
    }

    /// <summary>Enqueues an execution plan on its handle's stream. Allocates nothing managed.</summary>
    /// <param name="cudnn">The handle that the plan was completed with.</param>
    /// <param name="ids">The tensors' unique ids.</param>
    /// <param name="pointers">Their device pointers.</param>
    /// <param name="workspace">Device memory of the plan's workspace size, or 0.</param>
    /// <exception cref="CudnnException">The library refuses.</exception>
    public void Execute(SafeCudnnHandle cudnn, ReadOnlySpan<long> ids, ReadOnlySpan<nint> pointers, nint workspace) =>
        CudnnException.ThrowIfFailed(TryExecute(cudnn, ids, pointers, workspace), Device, "cudnnBackendExecute");

    /// <summary>As <see cref="Execute"/>; the status is an outcome.</summary>
    public CudnnStatus TryExecute(SafeCudnnHandle cudnn, ReadOnlySpan<long> ids, ReadOnlySpan<nint> pointers, nint workspace)
    {
        // One variant pack a call: a completed one cannot be changed, and a call that is recorded happens once.
        nint pack;
        CudnnStatus status = CudnnNative.cudnnBackendCreateDescriptor(CudnnDescriptorType.VariantPack, &pack);
        if (status != CudnnStatus.Success)
            return status;
        fixed (long* id = ids)
        fixed (nint* pointer = pointers)
        {
            status = CudnnNative.cudnnBackendSetAttribute(pack, CudnnAttribute.PackDataPointers, CudnnAttributeType.VoidPointer, pointers.Length, pointer);
            if (status == CudnnStatus.Success)
                status = CudnnNative.cudnnBackendSetAttribute(pack, CudnnAttribute.PackUniqueIds, CudnnAttributeType.Int64, ids.Length, id);
        }
        if (status == CudnnStatus.Success)
            status = CudnnNative.cudnnBackendSetAttribute(pack, CudnnAttribute.PackWorkspace, CudnnAttributeType.VoidPointer, 1, &workspace);
        if (status == CudnnStatus.Success)
            status = CudnnNative.cudnnBackendFinalize(pack);
        if (status == CudnnStatus.Success)
            status = CudnnNative.cudnnBackendExecute(cudnn.Value, handle, pack);
        CudnnNative.cudnnBackendDestroyDescriptor(pack);
        GC.KeepAlive(cudnn);
        GC.KeepAlive(this);
        return status;
    }

    private protected override CudaResult Free(nint pointer) =>
        CudnnNative.cudnnBackendDestroyDescriptor(pointer) == CudnnStatus.Success ? CudaResult.Success : CudaResult.Unknown;

    private void Check(CudnnStatus status, string verb, CudnnAttribute name, [CallerMemberName] string caller = "")
    {
        if (status != CudnnStatus.Success)
            throw new CudnnException(status, $"cudnnBackend{verb}Attribute({type}, {name}) in {caller}", Device);
    }
}

namespace FaceSwap.Interop;

/// <summary>A convolution or a dense layer of oneDNN's, prepared for fixed shapes.</summary>
public sealed class SafeOneDnnProductHandle : SafeShimHandle
{
    private SafeOneDnnProductHandle() : base(nameof(SafeOneDnnProductHandle))
    {
    }

    /// <summary>Units of 4 bytes that the kernel takes as it is stored.</summary>
    public long KernelStorage { get; private set; }

    /// <summary>Bytes of scratch that a pass needs.</summary>
    public long WorkspaceBytes { get; private set; }

    /// <summary>Has oneDNN choose its algorithms and generate their code.</summary>
    /// <exception cref="ShimException">oneDNN cannot compute these shapes in this precision.</exception>
    public static SafeOneDnnProductHandle Create(in OneDnnSpec spec)
    {
        var owner = new SafeOneDnnProductHandle();
        ShimException.ThrowIfFailed(ShimNative.fs_onednn_new(spec, out nint product, out long storage, out long workspace));
        owner.Own(product);
        owner.KernelStorage = storage;
        owner.WorkspaceBytes = workspace;
        return owner;
    }

    private protected override void Free(nint pointer) => ShimNative.fs_onednn_free(pointer);
}

namespace FaceSwap.Interop;

/// <summary>A convolution prepared for fixed shapes. It keeps its threads' pool alive.</summary>
public sealed class SafeDnnConvHandle : SafeShimHandle
{
    private readonly SafeDnnPoolHandle pool;

    private SafeDnnConvHandle(SafeDnnPoolHandle pool) : base(nameof(SafeDnnConvHandle)) => this.pool = pool;

    /// <summary>Units of 4 bytes that the kernel takes in the engine's order: fp32 elements, or pairs of bfloat16 for inference in that precision.</summary>
    public long KernelStorage { get; private set; }

    /// <summary>Bytes of scratch that a pass needs.</summary>
    public long WorkspaceBytes { get; private set; }

    /// <summary>Plans the passes.</summary>
    public static SafeDnnConvHandle Create(SafeDnnPoolHandle pool, in DnnConvSpec spec)
    {
        var owner = new SafeDnnConvHandle(pool);
        ShimException.ThrowIfFailed(ShimNative.fs_dnn_conv_new(pool, spec, out nint conv, out long storage, out long workspace));
        bool held = false;
        pool.DangerousAddRef(ref held);
        owner.Own(conv);
        owner.KernelStorage = storage;
        owner.WorkspaceBytes = workspace;
        return owner;
    }

    private protected override void Free(nint pointer)
    {
        ShimNative.fs_dnn_conv_free(pointer);
        pool.DangerousRelease();
    }
}

namespace FaceSwap.Interop;

/// <summary>The engine's threads.</summary>
public sealed class SafeDnnPoolHandle : SafeShimHandle
{
    private SafeDnnPoolHandle() : base(nameof(SafeDnnPoolHandle))
    {
    }

    /// <summary>Starts threads − 1 threads; the caller's own is the first.</summary>
    public static SafeDnnPoolHandle Create(int threads)
    {
        var owner = new SafeDnnPoolHandle();
        ShimException.ThrowIfFailed(ShimNative.fs_dnn_pool_new(threads, out nint pool));
        owner.Own(pool);
        return owner;
    }

    private protected override void Free(nint pointer) => ShimNative.fs_dnn_pool_free(pointer);
}

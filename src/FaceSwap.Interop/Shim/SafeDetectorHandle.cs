namespace FaceSwap.Interop;

/// <summary>dlib's frontal face detector with its scratch memory: for one thread at a time.</summary>
public sealed unsafe class SafeDetectorHandle : SafeShimHandle
{
    private SafeDetectorHandle() : base(nameof(SafeDetectorHandle))
    {
    }

    /// <summary>Makes a detector.</summary>
    /// <param name="build">A build of <see cref="VisionCode"/>.</param>
    public static SafeDetectorHandle Create(int build = VisionCode.Best)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_vision_detector_new(build, out nint detector));
        SafeDetectorHandle handle = new();
        handle.Own(detector);
        return handle;
    }

    /// <summary>Finds faces in rows of luma, which are read in place, and returns their number.</summary>
    public int Run(byte* luma, int width, int height, long stride, double threshold, int upsample)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_vision_detector_run(this, luma, width, height, stride, threshold, upsample, out int count));
        return count;
    }

    /// <summary>Finds faces within a window of rows of luma, which are read in place, and returns their number.</summary>
    public int RunNear(byte* luma, int width, int height, long stride, in ShimWindow window, double threshold)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_vision_detector_run_near(this, luma, width, height, stride, window, threshold, out int count));
        return count;
    }

    /// <summary>Copies the results of the last run, best first.</summary>
    public void CopyFound(Span<ShimDetection> found)
    {
        fixed (ShimDetection* target = found)
            ShimException.ThrowIfFailed(ShimNative.fs_vision_detector_found(this, target, found.Length));
    }

    private protected override void Free(nint pointer) => ShimNative.fs_vision_detector_free(pointer);
}

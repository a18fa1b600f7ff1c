namespace FaceSwap.Interop;

/// <summary>A landmark model in memory: read-only, for any number of threads.</summary>
public sealed unsafe class SafeLandmarksHandle : SafeShimHandle
{
    private SafeLandmarksHandle() : base(nameof(SafeLandmarksHandle))
    {
    }

    /// <summary>Points that the model places.</summary>
    public int Parts { get; private init; }

    /// <summary>Reads a model from the bytes of dlib's <c>shape_predictor</c> file, which are not needed afterwards.</summary>
    /// <param name="data">The file's bytes.</param>
    /// <param name="size">Their number.</param>
    /// <param name="build">A build of <see cref="VisionCode"/>.</param>
    /// <exception cref="ShimException"><see cref="ShimStatus.InvalidData"/>: no such model, or a damaged one.</exception>
    public static SafeLandmarksHandle Create(byte* data, long size, int build = VisionCode.Best)
    {
        ShimException.ThrowIfFailed(ShimNative.fs_vision_landmarks_new(data, size, build, out nint landmarks, out int parts));
        SafeLandmarksHandle handle = new() { Parts = parts };
        handle.Own(landmarks);
        return handle;
    }

    /// <summary>Places the points of the face in a box of luma: x, y for each part.</summary>
    public void Predict(byte* luma, int width, int height, long stride, int left, int top, int right, int bottom, double* points) =>
        ShimException.ThrowIfFailed(
            ShimNative.fs_vision_landmarks_predict(this, luma, width, height, stride, left, top, right, bottom, points));

    private protected override void Free(nint pointer) => ShimNative.fs_vision_landmarks_free(pointer);
}

using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A landmark model in memory: read-only, for any number of threads.</summary>
public sealed unsafe class SafeLandmarksHandle : SafeShimHandle
{
    private SafeLandmarksHandle() : base(nameof(SafeLandmarksHandle))
    {
    }

    /// <summary>Points that the model places.</summary>
    public int Parts { get; private init; }

    /// <summary>Reads a model from a file of dlib's <c>shape_predictor</c>, a part at a time.</summary>
    /// <param name="file">The file.</param>
    /// <param name="build">A build of <see cref="VisionCode"/>.</param>
    /// <exception cref="ShimException"><see cref="ShimStatus.InvalidData"/>: no such model, or a damaged one.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SafeLandmarksHandle Create(FileStream file, int build = VisionCode.Best)
    {
        Source source = new(file);
        GCHandle state = GCHandle.Alloc(source);
        try
        {
            ShimStatus status = ShimNative.fs_vision_landmarks_new(&Fill, GCHandle.ToIntPtr(state), build, out nint landmarks, out int parts);
            source.Failure?.Throw();
            ShimException.ThrowIfFailed(status);
            SafeLandmarksHandle handle = new() { Parts = parts };
            handle.Own(landmarks);
            return handle;
        }
        finally
        {
            state.Free();
        }
    }

    /// <summary>Places the points of the face in a box of luma: x, y for each part.</summary>
    public void Predict(byte* luma, int width, int height, long stride, int left, int top, int right, int bottom, double* points) =>
        ShimException.ThrowIfFailed(
            ShimNative.fs_vision_landmarks_predict(this, luma, width, height, stride, left, top, right, bottom, points));

    // Nothing may be thrown through native frames.
    [UnmanagedCallersOnly]
    private static long Fill(nint state, byte* to, long capacity)
    {
        Source source = (Source)GCHandle.FromIntPtr(state).Target!;
        try
        {
            return source.File.Read(new Span<byte>(to, (int)Math.Min(capacity, int.MaxValue)));
        }
        catch (Exception e)
        {
            source.Failure = ExceptionDispatchInfo.Capture(e);
            return -1;
        }
    }

    private protected override void Free(nint pointer) => ShimNative.fs_vision_landmarks_free(pointer);

    private sealed class Source(FileStream file)
    {
        public FileStream File => file;

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}

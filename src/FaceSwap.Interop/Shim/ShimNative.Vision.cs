using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A face found by the shim: right and bottom are the last column and row. 24 bytes, as <c>fs_vision_detection</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct ShimDetection
{
    public readonly int Left;
    public readonly int Top;
    public readonly int Right;
    public readonly int Bottom;
    public readonly double Confidence;
}

/// <summary>Where to search for a face: centers of boxes, doubled (left + right, top + bottom), and levels of the pyramid, all inclusive. 28 bytes, as
/// <c>fs_vision_window</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct ShimWindow
{
    public required int Left { get; init; }
    public required int Top { get; init; }
    public required int Right { get; init; }
    public required int Bottom { get; init; }
    public required int FirstLevel { get; init; }
    public required int LastLevel { get; init; }
    public required int All { get; init; }
}

public static unsafe partial class ShimNative
{
    [LibraryImport(Library)]
    internal static partial byte* fs_vision_isa_name(int index);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_vision_detector_new(int isa, out nint detector);

    [LibraryImport(Library)]
    internal static partial void fs_vision_detector_free(nint detector);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_vision_detector_run(SafeDetectorHandle detector, byte* luma, int width, int height, long stride,
        double threshold, int upsample, out int count);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_vision_detector_run_near(SafeDetectorHandle detector, byte* luma, int width, int height, long stride,
        in ShimWindow window, double threshold, out int count);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_vision_detector_found(SafeDetectorHandle detector, ShimDetection* found, int capacity);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_vision_landmarks_new(delegate* unmanaged<nint, byte*, long, long> fill, nint state, int isa, out nint landmarks, out int parts);

    [LibraryImport(Library)]
    internal static partial void fs_vision_landmarks_free(nint landmarks);

    [LibraryImport(Library)]
    internal static partial ShimStatus fs_vision_landmarks_predict(SafeLandmarksHandle landmarks, byte* luma, int width, int height, long stride,
        int left, int top, int right, int bottom, double* points);
}

namespace FaceSwap.Build;

/// <summary>A package of the distribution and why it is needed.</summary>
/// <param name="Name">Its name on Debian and Ubuntu.</param>
/// <param name="Reason">What it is for.</param>
/// <param name="Command">A program that makes the package unnecessary when it is on the path already, however it came there.</param>
public sealed record SystemPackage(string Name, string Reason, string? Command = null)
{
    /// <summary>What the shim and the program need.</summary>
    public static IReadOnlyList<SystemPackage> Base { get; } =
    [
        new("g++", "compiles the native shim"),
        new("cmake", "builds the native shim"),
        new("ninja-build", "builds the native shim"),
        new("pkg-config", "finds FFmpeg's libraries"),
        new("libavformat-dev", "FFmpeg: reads and writes video files"),
        new("libavcodec-dev", "FFmpeg: decodes and encodes"),
        new("libavutil-dev", "FFmpeg: frames, hardware devices, errors"),
        new("libswscale-dev", "FFmpeg: pixel formats"),
        new("libswresample-dev", "FFmpeg: sound that must be re-coded"),
        new("libopencv-core-dev", "OpenCV: matrices"),
        new("libopencv-imgproc-dev", "OpenCV: warps, masks, drawing"),
        new("libopencv-imgcodecs-dev", "OpenCV: image files"),
        new("libopencv-photo-dev", "OpenCV: seamless cloning, which the benchmarks compare with"),
        new("libdlib-dev", "dlib: face detector and landmarks"),
        new("liblapack-dev", "LAPACK: dlib's linear algebra"),
        new("libblas-dev", "BLAS: dlib's linear algebra"),
        new("libdlib-data", "dlib: the 68-point landmark model (no commercial use)"),
        new("libdnnl-dev", "oneDNN: products to compare our own with"),
    ];

    /// <summary>What the demo needs on top.</summary>
    public static IReadOnlyList<SystemPackage> Demo { get; } =
    [
        new("espeak-ng", "speaks the demo's audio track", "espeak-ng"),
        new("ffmpeg", "puts the audio track into the demo's clip", "ffmpeg"),
    ];

    /// <summary>What the comparison with PyTorch needs on top.</summary>
    public static IReadOnlyList<SystemPackage> Bench { get; } =
    [
        new("python3-torch", "PyTorch, the reference of the benchmark"),
        new("python3-opencv", "OpenCV, for the classic conversion that ours is compared with"),
        new("ffmpeg", "makes the benchmark's clips, and transcodes one to compare with", "ffmpeg"),
    ];

    /// <summary>What compiling kernels needs, and nothing else does.</summary>
    public static IReadOnlyList<SystemPackage> Kernels { get; } =
    [
        new("clang-19", "compiles kernels/*.cu to PTX", KernelBuild.Compiler),
    ];

    /// <summary>What making a fresh system needs, and nothing else does.</summary>
    public static IReadOnlyList<SystemPackage> Fresh { get; } = [new("debootstrap", "makes a fresh system in a folder", "debootstrap")];

    /// <summary>What packing the GPU bundle needs on top.</summary>
    public static IReadOnlyList<SystemPackage> Bundle { get; } = [new("xz-utils", "packs the bundle", "xz")];
}

using System.Runtime.InteropServices;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks;

/// <summary>OpenCV and dlib, through the bench-only library of <c>benchmarks/native</c>; <c>fs_bench.h</c> says what each function does.</summary>
internal static unsafe partial class BenchNative
{
    private const string Library = "faceswap_bench";

    [LibraryImport(Library)]
    public static partial void fs_bench_threads(int threads);

    [LibraryImport(Library)]
    public static partial int fs_bench_warp(byte* frame, int width, int height, double* matrix, int side, int bicubic, byte* target);

    [LibraryImport(Library)]
    public static partial int fs_bench_classic_blend(byte* frame, int width, int height, byte* face, int side, double* matrix, int* points, int count, int blur,
        byte* result);

    [LibraryImport(Library)]
    public static partial int fs_bench_gaussian(byte* pixels, int width, int height, double sigma);

    [LibraryImport(Library)]
    public static partial int fs_bench_seamless(byte* frame, byte* pasted, byte* mask, int width, int height, int x, int y, byte* result);

    [LibraryImport(Library)]
    public static partial int fs_bench_to_gray(byte* frame, int width, int height, byte* gray);

    [LibraryImport(Library)]
    public static partial int fs_bench_from_yuv(byte* yuv, int width, int height, byte* target);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint fs_bench_dlib_open(string model);

    [LibraryImport(Library)]
    public static partial void fs_bench_dlib_close(nint faces);

    [LibraryImport(Library)]
    public static partial int fs_bench_dlib_load(nint faces, byte* gray, int stride, int width, int height);

    [LibraryImport(Library)]
    public static partial int fs_bench_dlib_detect(nint faces, int* count);

    [LibraryImport(Library)]
    public static partial int fs_bench_dlib_landmarks(nint faces, int x, int y, int side, int* points);

    /// <summary>One thread, as ours have.</summary>
    public static void OneThread() => fs_bench_threads(1);

    /// <summary>Throws what a function's status says.</summary>
    public static void Check(int status)
    {
        if (status != 0)
            throw new InvalidOperationException("the library that is compared with threw");
    }

    /// <summary>dlib with the landmark model that this project uses.</summary>
    public static nint OpenDlib()
    {
        string model = LandmarkModel.Find() ?? throw new FileNotFoundException("there is no landmark model; './build.sh setup' installs libdlib-data");
        nint faces = fs_bench_dlib_open(model);
        return faces != 0 ? faces : throw new InvalidDataException($"dlib cannot read {model}");
    }
}

using System.Runtime.InteropServices;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>The scene as OpenCV takes it: packed BGR, on one thread, in pinned arrays.</summary>
internal sealed unsafe class OpenCvScene
{
    private const int Blur = 2;
    private readonly byte[] frame, result, face, yuv, mask, gray;
    private readonly int[] points;
    private readonly double[] matrix;
    private readonly int pointCount;

    public OpenCvScene()
    {
        BenchNative.OneThread();
        using Scene bgr = new(PixelFormat.Bgr24), planar = new();
        frame = Pin(bgr.Packed());
        result = Pin(new byte[frame.Length]);
        face = Pin(new byte[Scene.Side * Scene.Side * 3]);
        gray = Pin(new byte[Scene.Width * Scene.Height]);
        yuv = Pin([.. Enumerable.Range(0, 3).SelectMany(i => Scene.Packed(planar.Frame.Plane(i)))]);
        pointCount = bgr.Landmarks.Length;
        points = GC.AllocateArray<int>(2 * pointCount, pinned: true);
        for (int i = 0; i < pointCount; i++)
            (points[2 * i], points[(2 * i) + 1]) = ((int)bgr.Landmarks[i].X, (int)bgr.Landmarks[i].Y);
        Affine map = bgr.Map;
        matrix = GC.AllocateArray<double>(6, pinned: true);
        new[] { map.A, map.B, map.C, map.D, map.E, map.F }.CopyTo(matrix, 0);
        // An ellipse where the face is: what the clone is asked for.
        mask = Pin(new byte[Scene.Width * Scene.Height]);
        RectI box = Scene.Box;
        for (int y = box.Y; y < box.Bottom; y++)
        {
            for (int x = box.X; x < box.Right; x++)
            {
                double dx = ((2.0 * (x - box.X)) / box.Width) - 1, dy = ((2.0 * (y - box.Y)) / box.Height) - 1;
                mask[(y * Scene.Width) + x] = (dx * dx) + (dy * dy) < 1 ? (byte)255 : (byte)0;
            }
        }
        Warp(bicubic: false);
    }

    public void Warp(bool bicubic) =>
        BenchNative.Check(BenchNative.fs_bench_warp(At(frame), Scene.Width, Scene.Height, At(matrix), Scene.Side, bicubic ? 1 : 0, At(face)));

    public void ClassicBlend() => BenchNative.Check(BenchNative.fs_bench_classic_blend(At(frame), Scene.Width, Scene.Height, At(face), Scene.Side, At(matrix), At(points),
        pointCount, Blur, At(result)));

    public void Gaussian(int side, double sigma) => BenchNative.Check(BenchNative.fs_bench_gaussian(At(result), side, side, sigma));

    public void Seamless() => BenchNative.Check(BenchNative.fs_bench_seamless(At(frame), At(frame), At(mask), Scene.Width, Scene.Height, Scene.Width / 2, Scene.Height / 2,
        At(result)));

    public void ToGray() => BenchNative.Check(BenchNative.fs_bench_to_gray(At(frame), Scene.Width, Scene.Height, At(gray)));

    public void FromYuv() => BenchNative.Check(BenchNative.fs_bench_from_yuv(At(yuv), Scene.Width, Scene.Height, At(result)));

    private static byte[] Pin(byte[] values)
    {
        byte[] pinned = GC.AllocateUninitializedArray<byte>(values.Length, pinned: true);
        values.CopyTo(pinned, 0);
        return pinned;
    }

    private static T* At<T>(T[] pinned) where T : unmanaged => (T*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}

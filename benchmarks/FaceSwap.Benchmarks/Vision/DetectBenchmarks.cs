using BenchmarkDotNet.Attributes;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Vision;

namespace FaceSwap.Benchmarks.Vision;

/// <summary>Looking for faces in the whole luma plane of 1280×960, and for the landmarks of one, on one thread, beside dlib.</summary>
public unsafe class DetectBenchmarks
{
    private readonly Point2[] points = new Point2[LandmarkModel.PointCount];
    private Scene? scene;
    private FaceDetector? detector;
    private LandmarkModel? landmarks;
    private nint dlib;

    /// <summary>Prepares ours.</summary>
    [GlobalSetup(Targets = [nameof(Detect), nameof(DetectNear), nameof(Landmarks)])]
    public void OpenOurs() => (scene, detector, landmarks) = (new Scene(), new FaceDetector(), LandmarkModel.Load());

    /// <summary>Prepares dlib's.</summary>
    [GlobalSetup(Targets = [nameof(DlibDetect), nameof(DlibLandmarks)])]
    public void OpenDlib()
    {
        scene = new Scene();
        dlib = BenchNative.OpenDlib();
        PlaneView luma = scene.Frame.Plane(0);
        BenchNative.Check(BenchNative.fs_bench_dlib_load(dlib, luma.Row(0), luma.Stride, luma.Width, luma.Height));
    }

    /// <summary>dlib, detector.</summary>
    [Benchmark(Baseline = true)]
    public int DlibDetect()
    {
        int count;
        BenchNative.Check(BenchNative.fs_bench_dlib_detect(dlib, &count));
        return count;
    }

    /// <summary>This project, detector.</summary>
    [Benchmark]
    public int Detect() => detector!.Detect(scene!.Frame.Plane(0)).Length;

    /// <summary>This project, detector, near where a face was in the frame before.</summary>
    [Benchmark]
    public int DetectNear() => detector!.DetectNear(scene!.Frame, scene.Frame.Plane(0), new FaceWindow(Scene.Box, 0.25, 1, 1, 0)).Length;

    /// <summary>dlib, landmarks.</summary>
    [Benchmark]
    public int DlibLandmarks()
    {
        int* found = stackalloc int[2 * LandmarkModel.PointCount];
        RectI box = Scene.Box;
        BenchNative.Check(BenchNative.fs_bench_dlib_landmarks(dlib, box.X, box.Y, box.Width, found));
        return found[0];
    }

    /// <summary>This project, landmarks.</summary>
    [Benchmark]
    public double Landmarks()
    {
        landmarks!.Predict(scene!.Frame.Plane(0), Scene.Box, points);
        return points[0].X;
    }

    /// <summary>Frees everything.</summary>
    [GlobalCleanup]
    public void Close()
    {
        detector?.Dispose();
        landmarks?.Dispose();
        scene?.Dispose();
        if (dlib != 0)
            BenchNative.fs_bench_dlib_close(dlib);
        (detector, landmarks, scene, dlib) = (null, null, null, 0);
    }
}

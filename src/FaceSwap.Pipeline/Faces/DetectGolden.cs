using System.Text.Json;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Models;
using FaceSwap.Pipeline.Weights;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Faces;

/// <summary>
/// Checks the detectors against what dlib's own found in the same photographs (<c>detect.json</c> and the images beside it). <c>hog</c>: the same boxes, confidence
/// to 1e-3, landmarks within 1 pixel on 99 % of the points. <c>cnn</c>: the same faces, boxes within 2 pixels, confidence to 1e-2.
/// </summary>
public static class DetectGolden
{
    private const double HogConfidence = 1e-3, CnnConfidence = 1e-2, CnnPixels = 2, LandmarkPixels = 1, LandmarkPart = 0.01;

    /// <summary>A line or two for each image and detector.</summary>
    /// <param name="detectJsonPath">The file; its images are in the same folder.</param>
    /// <param name="openBackend">Opens the backend that the network runs on.</param>
    /// <param name="modelsDirectory">Where weight files are looked for first; null: the usual places, and <c>models</c> beside the golden folder.</param>
    /// <exception cref="UserErrorException">The file cannot be read or is not of the expected form.</exception>
    public static IEnumerable<CheckResult> Check(string detectJsonPath, Func<IBackend> openBackend, string? modelsDirectory = null)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(detectJsonPath))!;
        List<GoldenPicture> pictures = Read(detectJsonPath);
        foreach (CheckResult check in Hog(folder, pictures).Concat(Cnn(folder, pictures, openBackend, modelsDirectory ?? Path.Combine(folder, "..", "..", "models"))))
            yield return check;
    }

    private static IEnumerable<CheckResult> Hog(string folder, List<GoldenPicture> pictures)
    {
        if (LandmarkModel.Find() is null)
        {
            yield return CheckResult.NotMade("detect hog", $"the landmark model {LandmarkModel.FileName} is not on this machine");
            yield break;
        }
        using LandmarkModel landmarks = LandmarkModel.Load();
        using var detector = new FaceDetector();
        var points = new Point2[LandmarkModel.PointCount];
        foreach (GoldenPicture picture in pictures)
        {
            using PooledFrame image = ImageFile.Read(Path.Combine(folder, picture.File));
            using PooledFrame grey = Luma.FromBgr(image);
            foreach (CheckResult check in Boxes($"detect hog {picture.File}", picture.Hog, detector.Detect(grey), 0, HogConfidence))
                yield return check;
            int far = 0;
            foreach (GoldenFace face in picture.Hog)
            {
                landmarks.Predict(grey.Plane(0), face.Rect, points);
                for (int i = 0; i < points.Length; i++)
                    far += Math.Abs(points[i].X - face.Landmarks[i].X) > LandmarkPixels || Math.Abs(points[i].Y - face.Landmarks[i].Y) > LandmarkPixels ? 1 : 0;
            }
            int count = picture.Hog.Length * points.Length;
            yield return CheckResult.Of($"detect hog {picture.File} landmarks", count == 0 ? 0 : far / (double)count, LandmarkPart, $"{far} of {count} points are off by more than a pixel");
        }
    }

    private static IEnumerable<CheckResult> Cnn(string folder, List<GoldenPicture> pictures, Func<IBackend> openBackend, string modelsDirectory)
    {
        if (WeightStore.Find(WeightCatalog.Detector, modelsDirectory) is not { } weights)
        {
            yield return CheckResult.NotMade("detect cnn", $"{MmodWeights.FileName} is not in {string.Join(" or ", WeightStore.Directories(modelsDirectory))}; get it with 'faceswap models get detector'");
            yield break;
        }
        using var detector = new CnnFaceDetector(openBackend(), MmodWeights.Load(weights));
        foreach (GoldenPicture picture in pictures)
        {
            using PooledFrame image = ImageFile.Read(Path.Combine(folder, picture.File));
            foreach (CheckResult check in Boxes($"detect cnn {picture.File}", picture.Cnn, detector.Detect(image), CnnPixels, CnnConfidence))
                yield return check;
        }
    }

    // Faces are paired by the nearest box: two of nearly the same confidence may change places.
    private static IEnumerable<CheckResult> Boxes(string name, GoldenFace[] expected, FaceDetection[] found, double pixels, double confidence)
    {
        if (expected.Length != found.Length)
        {
            yield return CheckResult.Failed(name, $"{found.Length} faces where {expected.Length} were expected");
            yield break;
        }
        List<FaceDetection> left = [.. found];
        double worstPixels = 0, worstConfidence = 0;
        foreach (GoldenFace face in expected)
        {
            FaceDetection nearest = left.MinBy(f => Distance(f.Rect, face.Rect));
            left.Remove(nearest);
            worstPixels = Math.Max(worstPixels, Distance(nearest.Rect, face.Rect));
            worstConfidence = Math.Max(worstConfidence, Math.Abs(nearest.Confidence - face.Confidence));
        }
        yield return CheckResult.Of($"{name} boxes", worstPixels, pixels, $"{expected.Length} faces");
        yield return CheckResult.Of($"{name} confidence", worstConfidence, confidence);
    }

    private static double Distance(RectI a, RectI b) =>
        new[] { a.X - b.X, a.Y - b.Y, a.Right - b.Right, a.Bottom - b.Bottom }.Max(Math.Abs);

    private sealed record GoldenFace(RectI Rect, double Confidence, Point2[] Landmarks);

    private sealed record GoldenPicture(string File, GoldenFace[] Hog, GoldenFace[] Cnn);

    private static List<GoldenPicture> Read(string path)
    {
        try
        {
            using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(path));
            return [.. golden.RootElement.GetProperty("images").EnumerateArray().Select(static image => new GoldenPicture(
                Path.GetFileName(image.GetProperty("file").GetString()!), Faces(image.GetProperty("hog")), Faces(image.GetProperty("cnn"))))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UserErrorException($"The golden file '{path}' cannot be used: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static GoldenFace[] Faces(JsonElement faces) => [.. faces.EnumerateArray().Select(static face =>
    {
        int left = face.GetProperty("left").GetInt32(), top = face.GetProperty("top").GetInt32();
        Point2[] landmarks = face.TryGetProperty("landmarks", out JsonElement points)
            ? [.. points.EnumerateArray().Select(static p => new Point2(p[0].GetInt32(), p[1].GetInt32()))]
            : [];
        return new GoldenFace(new RectI(left, top, face.GetProperty("right").GetInt32() - left, face.GetProperty("bottom").GetInt32() - top),
            face.GetProperty("confidence").GetDouble(), landmarks);
    })];
}

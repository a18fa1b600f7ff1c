using FaceSwap.Compute;
using FaceSwap.Compute.Conformance;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Models.Golden;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Selftest;

/// <summary>Finds golden files under a folder and runs the checks for each.</summary>
internal sealed class GoldenFolder
{
    private readonly string[] vision;
    private readonly string[] engine;
    private readonly string[] detect;

    /// <exception cref="UserErrorException">The folder is missing or holds no golden file.</exception>
    public GoldenFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserErrorException($"the golden folder '{folder}' does not exist");
        vision = Find(folder, "vision", "vision.json");
        engine = Find(folder, "engine", "*.json");
        detect = Find(folder, "detect", "detect.json");
        if (vision.Length + engine.Length + detect.Length == 0)
            throw new UserErrorException($"there is no vision/vision.json, no detect/detect.json and no engine/*.json under '{folder}'");
    }

    /// <summary>Every check, one at a time, so that each line can be printed when it is known.</summary>
    /// <param name="backend">What is checked.</param>
    /// <param name="precision">Arithmetic of the engine's checks.</param>
    /// <param name="open">Opens the same device once more, for the networks that own theirs.</param>
    /// <param name="modelsDirectory">Where weight files are looked for first.</param>
    /// <param name="cancellation">Stops between two checks.</param>
    public IEnumerable<CheckResult> Run(IBackend backend, Precision precision, Func<IBackend> open, string? modelsDirectory, CancellationToken cancellation)
    {
        foreach (string file in vision)
        {
            foreach (CheckResult check in VisionGolden.Check(file).Concat(AugmentGolden.Check(file, backend, DecodeBgr)))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return check;
            }
        }
        foreach (string file in Composites(backend) ? vision : [])
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (CheckResult check in VisionGolden.CheckMasked(file, (frame, landmarks, options, predict) => CompositedFace.Convert(backend, frame, landmarks, options, predict)))
                yield return check with { Name = $"composite {check.Name}" };
        }
        foreach (CheckResult check in detect.SelectMany(file => DetectGolden.Check(file, open, modelsDirectory)))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return check;
        }
        foreach (string file in engine)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (CheckResult check in EngineGolden.Check(file, backend, precision))
                yield return check;
        }
    }

    private static bool Composites(IBackend backend)
    {
        using IFaceCompositor? made = backend.CreateCompositor(CompositedFace.Spec(new MaskedOptions(), 1, ElementType.Float32, 16, 16));
        return made is not null;
    }

    private static string[] Find(string folder, string parent, string pattern) =>
        [.. Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) == parent).Order(StringComparer.Ordinal)];

    private static byte[] DecodeBgr(string path)
    {
        using PooledFrame image = ImageFile.Read(path);
        PlaneView plane = image.Plane(0);
        int row = plane.Width * plane.PixelStride;
        byte[] bytes = new byte[row * plane.Height];
        for (int y = 0; y < plane.Height; y++)
            plane.RowSpan(y).CopyTo(bytes.AsSpan(y * row));
        return bytes;
    }
}

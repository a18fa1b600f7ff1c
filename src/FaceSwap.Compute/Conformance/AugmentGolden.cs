using System.Runtime.InteropServices;
using System.Text.Json;
using FaceSwap.Core;

namespace FaceSwap.Compute.Conformance;

/// <summary>Checks a backend's augmentation against the recorded draws and results of <c>vision.json</c>, which OpenCV produced.</summary>
public static class AugmentGolden
{
    private const double MeanBound = 1e-3, TailBound = 0.01, TailPart = 0.995;

    /// <summary>Two checks for each recorded image: the mean absolute difference, and the difference that 99.5 % of the samples keep.</summary>
    /// <param name="visionJsonPath">Path of vision.json; the files that it names lie beside it.</param>
    /// <param name="backend">The backend to check.</param>
    /// <param name="decodeBgr">Decodes an image file to its (H, W, 3) BGR bytes; this assembly does not read images itself.</param>
    /// <exception cref="UserErrorException">A file is missing or malformed.</exception>
    public static IEnumerable<CheckResult> Check(string visionJsonPath, IBackend backend, Func<string, byte[]> decodeBgr) =>
        Check(visionJsonPath, spec => Run(backend, spec.Spec, spec.Face, spec.Draw), decodeBgr);

    internal static IEnumerable<CheckResult> Check(string visionJsonPath,
        Func<(AugmentSpec Spec, byte[] Face, AugmentDraw Draw), (float[] Warped, float[] Target)> run, Func<string, byte[]> decodeBgr)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(visionJsonPath))!;
        using JsonDocument document = Parse(visionJsonPath);
        int frame = 0;
        foreach (JsonElement recorded in document.RootElement.GetProperty("frames").EnumerateArray())
        {
            byte[] face = decodeBgr(Path.Combine(folder, $"frame{frame}_extract.png"));
            int index = 0;
            foreach (JsonElement augment in recorded.GetProperty("augment").EnumerateArray())
            {
                AugmentSpec spec = SpecOf(augment, face);
                (float[] warped, float[] target) = run((spec, face, DrawOf(augment)));
                string name = $"augmentation frame {frame} draw {index++}";
                foreach (CheckResult result in Compare($"{name} warped", warped, Path.Combine(folder, augment.GetProperty("warped").GetString()!)))
                    yield return result;
                foreach (CheckResult result in Compare($"{name} target", target, Path.Combine(folder, augment.GetProperty("target").GetString()!)))
                    yield return result;
            }
            frame++;
        }
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UserErrorException($"cannot read the golden values in {path}: {e.Message}", e);
        }
    }

    private static AugmentSpec SpecOf(JsonElement augment, byte[] face)
    {
        int size = (int)Math.Sqrt(face.Length / 3);
        if (size * size * 3 != face.Length)
            throw new UserErrorException($"the golden face has {face.Length} bytes, which is not a square of BGR pixels");
        return new AugmentSpec(1, 1, size, 64 * augment.GetProperty("zoom").GetInt32(), augment.GetProperty("coverage").GetInt32(), 5, 10, 0.05f,
            0.05f, 0.4f, 0, 0, ElementType.Float32);
    }

    private static AugmentDraw DrawOf(JsonElement augment)
    {
        AugmentDraw draw = new()
        {
            Mirror = augment.GetProperty("flip").GetBoolean() ? 1 : 0,
            Rotation = augment.GetProperty("rotation_deg").GetSingle(),
            Scale = augment.GetProperty("scale").GetSingle(),
            ShiftX = augment.GetProperty("tx_px").GetSingle(),
            ShiftY = augment.GetProperty("ty_px").GetSingle(),
        };
        for (int i = 0; i < 25; i++)
        {
            draw.NoiseX[i] = augment.GetProperty("noise_x")[i / 5][i % 5].GetSingle();
            draw.NoiseY[i] = augment.GetProperty("noise_y")[i / 5][i % 5].GetSingle();
        }
        return draw;
    }

    private static (float[] Warped, float[] Target) Run(IBackend backend, in AugmentSpec spec, byte[] face, AugmentDraw draw)
    {
        int count = spec.OutputSize * spec.OutputSize * 3;
        using IAugment augment = backend.CreateAugment(spec);
        using DeviceBuffer faces = backend.Allocate(face.Length, "golden face");
        using DeviceBuffer draws = backend.Allocate(Marshal.SizeOf<AugmentDraw>(), "golden draw");
        using DeviceBuffer warped = backend.Allocate(count * 4L, "warped"), target = backend.Allocate(count * 4L, "target");
        backend.Upload<byte>(face, faces.Span<byte>());
        backend.Upload([draw], draws.Span<AugmentDraw>());
        augment.Gather(faces.Span<byte>(), draws.Span<AugmentDraw>(), warped.Span<byte>(), target.Span<float>());
        float[] warpedHost = new float[count], targetHost = new float[count];
        backend.Download(warped.Span<float>(), warpedHost);
        backend.Download<float>(target.Span<float>(), targetHost);
        return (warpedHost, targetHost);
    }

    private static IEnumerable<CheckResult> Compare(string name, float[] actual, string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [CheckResult.Failed(name, $"cannot read {path}: {e.Message}")];
        }
        if (bytes.Length != actual.Length * 4)
            return [CheckResult.Failed(name, $"{path} holds {bytes.Length} bytes instead of {actual.Length * 4}")];
        ReadOnlySpan<float> expected = MemoryMarshal.Cast<byte, float>(bytes);
        double[] differences = new double[actual.Length];
        for (int i = 0; i < actual.Length; i++)
            differences[i] = double.IsNaN(actual[i]) ? double.PositiveInfinity : Math.Abs(actual[i] - expected[i]);
        Array.Sort(differences);
        double tail = differences[(int)Math.Ceiling(TailPart * (differences.Length - 1))];
        return [CheckResult.Of($"{name} mean", differences.Average(), MeanBound), CheckResult.Of($"{name} 99.5 %", tail, TailBound)];
    }
}

using System.Runtime.InteropServices;
using FaceSwap.Interop;
using FaceSwap.Vision;

namespace FaceSwap.Cli.Doctor;

/// <summary>Asks every native library for its version.</summary>
internal static class NativeFindings
{
    private sealed record Part(string Name, string Key, string Purpose, string Cost);

    private static readonly Part[] Linked =
    [
        new("FFmpeg", "ffmpeg", "the video libraries' release", "no video can be read or written"),
        new("libavformat", "libavformat", "reads and writes video files, copies sound", "no video can be read or written"),
        new("libavcodec", "libavcodec", "decodes and encodes video", "no video can be read or written"),
        new("libavutil", "libavutil", "shared by FFmpeg's libraries", "no video can be read or written"),
        new("libswscale", "libswscale", "converts pixel formats", "no video can be read or written"),
        new("OpenCV", "opencv", "image files, warps, masks", "no face can be cut out or put back"),
        new("dlib", "dlib", "trained face detector, landmarks", "no face can be found"),
        new("oneDNN", "dnnl", "products to compare our own with: --device onednn", "the shim is linked to it and does not load without it"),
    ];

    public static IEnumerable<Finding> All()
    {
        Availability shim = NativeLibraries.Probe(ShimNative.Library);
        if (!shim.IsAvailable)
        {
            yield return new Finding("faceswap_shim", "-", "the bridge to all libraries below", "nothing works without it: " + WhyNotLoaded(shim), FindingState.Missing);
            foreach (Part part in Linked)
                yield return new Finding(part.Name, "unknown", part.Purpose, part.Cost, FindingState.Missing);
        }
        else
        {
            yield return new Finding("faceswap_shim", $"ABI {ShimLibraries.ExpectedAbi}", "the bridge to all libraries below", "", FindingState.Present);
            foreach (Part part in Linked)
            {
                string? version = ShimLibraries.Version(part.Key);
                yield return new Finding(part.Name, version ?? "-", part.Purpose, part.Cost, version is null ? FindingState.Missing : FindingState.Present);
            }
            yield return new Finding("detector code", VisionCode.Name(VisionCode.Best) ?? "-", "the build of face detection chosen for this processor",
                "detection takes twice as long", VisionCode.Name(VisionCode.Best) is null ? FindingState.Optional : FindingState.Present);
            yield return Encoder("libx264", "writes H.264, the default", "choose another --codec for every video written");
        }
        yield return Landmarks();
    }

    private static Finding Encoder(string name, string purpose, string cost)
    {
        bool there = ShimLibraries.HasEncoder(name);
        return new Finding(name, there ? "in libavcodec" : "-", purpose, cost, there ? FindingState.Present : FindingState.Optional);
    }

    private static Finding Landmarks()
    {
        string? path = LandmarkModel.Find();
        return new Finding("68 landmarks", path is null ? "-" : Infrastructure.Human.Size(new FileInfo(path).Length),
            path is null ? "the model of the face's 68 points" : $"the model of the face's 68 points ({path}; the standard one is not for commercial use)",
            $"no face can be aligned: install libdlib-data, or name a model file in {LandmarkModel.PathVariable}",
            path is null ? FindingState.Missing : FindingState.Present);
    }

    // The loader's own words name the library behind the shim that is missing.
    private static string WhyNotLoaded(Availability shim)
    {
        if (shim.Refusal is { } refusal)
            return refusal;
        string? file = shim.Tried.FirstOrDefault(File.Exists);
        if (file is null)
            return "tried " + string.Join(", ", shim.Tried) + "; build it with ./build.sh build";
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(file));
            return "it loads now; run again";
        }
        catch (DllNotFoundException e)
        {
            return e.Message.Split('\n').FirstOrDefault(line => line.Contains("cannot open shared object")) ?? e.Message.Split('\n')[0];
        }
    }
}

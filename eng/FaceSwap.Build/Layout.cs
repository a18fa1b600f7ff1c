namespace FaceSwap.Build;

/// <summary>Where things are in the repository.</summary>
public sealed class Layout
{
    private Layout(string root)
    {
        Root = root;
    }

    /// <summary>The repository's root.</summary>
    public string Root { get; }

    /// <summary>The solution.</summary>
    public string Solution => At("FaceSwap.Native.sln");

    /// <summary>Everything the build makes.</summary>
    public string Out => At("out");

    /// <summary>The published command with its libraries.</summary>
    public string Bin => At("out", "bin");

    /// <summary>The runnable command.</summary>
    public string Command => At("out", OperatingSystem.IsWindows() ? "faceswap.cmd" : "faceswap");

    /// <summary>Downloads that stay between builds.</summary>
    public string Cache => At("out", "cache");

    /// <summary>A path under the root.</summary>
    public string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Finds the root above the entry file, or above the working directory.</summary>
    public static Layout Find(string? entryFile)
    {
        string start = entryFile is null ? Environment.CurrentDirectory : Path.GetDirectoryName(entryFile)!;
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FaceSwap.Native.sln")))
                return new Layout(folder.FullName);
        }
        throw new BuildException($"no folder above {start} holds FaceSwap.Native.sln");
    }
}

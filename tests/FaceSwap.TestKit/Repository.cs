namespace FaceSwap.TestKit;

/// <summary>Finds the repository that the running test was built from.</summary>
public static class Repository
{
    private static readonly Lazy<string> FoundRoot = new(static () =>
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FaceSwap.Native.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds FaceSwap.Native.sln");
    });

    /// <summary>The folder of FaceSwap.Native.sln.</summary>
    public static string Root => FoundRoot.Value;

    /// <summary>A path under the root.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);
}

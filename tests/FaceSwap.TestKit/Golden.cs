namespace FaceSwap.TestKit;

/// <summary>The golden values in <c>tests/golden</c>: made by other implementations, never regenerated to make a check pass.</summary>
public static class Golden
{
    /// <summary>The folder <c>tests/golden</c>.</summary>
    public static string Root => Repository.PathOf("tests", "golden");

    /// <summary>A golden file or folder, for example <c>Golden.Path("vision", "vision.json")</c>; it must exist.</summary>
    public static string Path(params string[] parts)
    {
        string path = System.IO.Path.Combine([Root, .. parts]);
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new FileNotFoundException($"golden file {path} is missing from the repository");
        return path;
    }
}

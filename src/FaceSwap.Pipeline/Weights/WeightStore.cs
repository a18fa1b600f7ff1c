using FaceSwap.Core;

namespace FaceSwap.Pipeline.Weights;

/// <summary>Where weight files lie: a folder that the user names, then the user's data folder.</summary>
public static class WeightStore
{
    /// <summary>The user's data folder: <c>$XDG_DATA_HOME/faceswap/models</c>, by default <c>~/.local/share/faceswap/models</c>; where Windows keeps such data there.</summary>
    public static string UserDirectory => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "faceswap", "models");

    /// <summary>The folders that are searched, in order.</summary>
    public static IReadOnlyList<string> Directories(string? modelsDirectory) =>
        modelsDirectory is null ? [UserDirectory] : [Path.GetFullPath(modelsDirectory), UserDirectory];

    /// <summary>The file, or null when it is nowhere.</summary>
    public static string? Find(WeightFile file, string? modelsDirectory) =>
        Directories(modelsDirectory).SelectMany(folder => file.FileNames.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>The file.</summary>
    /// <exception cref="UserErrorException">It is nowhere: says what, where it was looked for and how to get it.</exception>
    public static string Require(WeightFile file, string? modelsDirectory) => Find(file, modelsDirectory) ?? throw new UserErrorException(
        $"{file.Purpose} needs {file.FileNames[0]}, which is not in {string.Join(" or ", Directories(modelsDirectory))}; get it with 'faceswap models get {file.Name}', or name its folder with --models-dir");
}

using System.Text.RegularExpressions;
using FaceSwap.TestKit;

namespace FaceSwap.Architecture.Tests;

public partial class SourceTests
{
    private static readonly string[] SourceExtensions = [".cs", ".cpp", ".h", ".cu"];
    private static readonly string[] TextExtensions =
        [.. SourceExtensions, ".txt", ".md", ".json", ".csproj", ".props", ".targets", ".sln", ".sh", ".ps1", ".py", ".config", ".yml", ".xml", ""];

    private static readonly string[] MadeFolders = [".git", ".vs", ".idea", ".vscode", "bin", "obj", "out", "TestResults", "BenchmarkDotNet.Artifacts"];

    [Fact]
    public void Source_files_stay_short()
    {
        IEnumerable<string> tooLong = Files(Repository.PathOf("src")).Where(IsSource)
            .Select(file => (file, lines: File.ReadLines(file).Count())).Where(f => f.lines >= 500)
            .Select(f => $"{Relative(f.file)}: {f.lines} lines");
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Imports_are_generated_not_marshalled() =>
        Assert.Empty(Matches(Files(Repository.PathOf("src")).Where(IsSource), DllImport()));

    [Fact]
    public void Sources_hold_no_regions_and_nothing_unfinished() =>
        Assert.Empty(Matches(Files(Repository.PathOf("src")).Concat(Files(Repository.PathOf("eng"))).Where(IsSource), Unfinished()));

    [Fact]
    public void The_tree_names_no_path_of_one_machine() => Assert.Empty(Matches(Texts(), MachinePath()));

    [Fact]
    public void The_tree_names_no_package_source() =>
        Assert.Equal([Path.Combine("eng", "FaceSwap.Build", "NpmPackage.cs")], Matches(Texts(), PackageSource()).Select(match => match.Split(':')[0]));

    [GeneratedRegex(@"\[DllImport\b")]
    private static partial Regex DllImport();

    [GeneratedRegex(@"^\s*#region|\bTODO\b|\bFIXME\b|NotImplementedException")]
    private static partial Regex Unfinished();

    // A home folder, a workplace or a drive's user folder. The path after the folder's name is what makes it one machine's.
    [GeneratedRegex(@"(?<![\w.~$}])/(?:work|home|root|Users)/\w|[A-Za-z]:\\Users\\\w")]
    private static partial Regex MachinePath();

    // Packages come from whatever source the machine is set up for: no file may name a feed or carry its credentials. The one address that there is,
    // once, is what every npm client takes when nothing is configured, because the build stands in for that client.
    [GeneratedRegex(@"<packageSources>|_authToken|https?://[\w.:-]*(?:nuget|npmjs|pypi|artifactory|nexus)[\w.:-]*/(?!packages/|package/|project/)")]
    private static partial Regex PackageSource();

    private static IEnumerable<string> Texts() => Files(Repository.Root).Where(file => TextExtensions.Contains(Path.GetExtension(file)));

    private static bool IsSource(string file) => SourceExtensions.Contains(Path.GetExtension(file));

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    private static IEnumerable<string> Matches(IEnumerable<string> files, Regex pattern) =>
        from file in files
        where Path.GetFileName(file) != nameof(SourceTests) + ".cs"
        from line in File.ReadLines(file).Select((text, index) => (text, number: index + 1))
        where pattern.IsMatch(line.text)
        select $"{Relative(file)}:{line.number}: {line.text.Trim()}";

    private static IEnumerable<string> Files(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
            yield return file;
        foreach (string child in Directory.EnumerateDirectories(folder).Where(child => !MadeFolders.Contains(Path.GetFileName(child))))
        {
            foreach (string file in Files(child))
                yield return file;
        }
    }
}

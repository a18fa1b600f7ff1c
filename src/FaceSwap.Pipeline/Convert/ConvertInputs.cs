using System.IO.Enumeration;
using System.Text;
using FaceSwap.Core;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Convert;

/// <summary>One input of a conversion and its output.</summary>
/// <param name="Input">A video file or a folder of images.</param>
/// <param name="Output">A video file, a folder or a pattern.</param>
public sealed record ConvertFile(string Input, string Output);

/// <summary>What a user named as inputs, made into single inputs: patterns and folders of videos are resolved, lists read.</summary>
/// <param name="Paths">Videos and folders of images, in order, each once.</param>
/// <param name="Several">Whether outputs go into a folder: more than one input, or words that could have meant more than one.</param>
public sealed record ConvertInputs(IReadOnlyList<string> Paths, bool Several)
{
    // Of a list: a million long names.
    private const int MostLetters = 100_000_000;

    /// <summary>What was passed over, a sentence a kind.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Resolves words of a command line and the lines of a list.</summary>
    /// <param name="words">Files, folders, and patterns with <c>*</c>, <c>?</c> and, for folders of any depth, <c>**</c>. A folder with videos and no images stands for its videos.</param>
    /// <param name="listFile">A text file with a file, folder or pattern a line, relative to the current folder; empty lines and those that begin with # do not count. Null: none.</param>
    /// <exception cref="UserErrorException">Nothing is named, a pattern fits nothing, or the list cannot be read. That a named file does not exist is not known here.</exception>
    public static ConvertInputs Resolve(IReadOnlyList<string> words, string? listFile = null)
    {
        List<string> all = [.. words, .. listFile is null ? [] : ReadList(listFile)];
        if (all.Count == 0)
        {
            throw new UserErrorException(listFile is null ? "there is no input; name videos or folders with --input-dir, or a file that lists them with --input-list"
                : $"'{listFile}' names no input; write a video or folder on each line");
        }
        List<string> paths = [];
        HashSet<string> seen = [];
        List<string> warnings = [];
        bool several = listFile is not null;
        foreach (string word in all)
        {
            FileNames.RequireUtf8(word);
            IReadOnlyList<string> meant = Meant(word, warnings, out bool many);
            several |= many;
            paths.AddRange(meant.Where(p => seen.Add(Path.TrimEndingDirectorySeparator(Path.GetFullPath(p)))));
        }
        return new ConvertInputs(paths, several || paths.Count > 1) { Warnings = warnings };
    }

    /// <summary>Gives each input an output of its name in a folder; a video of a container that cannot be written becomes an .mp4.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    /// <exception cref="UserErrorException">The folder names a video, two inputs would have one output, or an output is an input.</exception>
    public IReadOnlyList<ConvertFile> Into(string folder)
    {
        if (ConvertWorkflow.IsPattern(folder) || File.Exists(folder))
            throw new UserErrorException($"several inputs need a folder for their outputs, and '{folder}' is none; choose another --output-dir");
        OutputNames.RequireFolder(folder, "several inputs need a folder for their outputs");
        Dictionary<FilePlace, string> inputs = [], taken = [];
        foreach (string path in Paths)
            inputs[FilePlace.Of(path)] = path;
        List<ConvertFile> files = [];
        foreach (string path in Paths)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            string output = Path.Combine(folder, Directory.Exists(path) || FrameSinks.IsVideo(name) ? name : Path.ChangeExtension(name, ".mp4"));
            if (inputs.TryGetValue(FilePlace.Of(output), out string? source))
                throw new UserErrorException($"the output of '{path}' would overwrite the input '{source}'; choose another --output-dir");
            if (!taken.TryAdd(FilePlace.Of(output), path))
                throw new UserErrorException($"'{taken[FilePlace.Of(output)]}' and '{path}' would both be written to '{output}'; convert them into different folders");
            files.Add(new ConvertFile(path, output));
        }
        return files;
    }

    private static IEnumerable<string> ReadList(string path)
    {
        try
        {
            // It may well be a pipe, of 'find' for example, but not one without an end.
            using StreamReader reader = new(path);
            StringBuilder text = new();
            char[] buffer = new char[4096];
            for (int count = reader.Read(buffer); count > 0; count = reader.Read(buffer))
            {
                if (text.Append(buffer, 0, count).Length > MostLetters)
                    throw new IOException($"it is longer than {MostLetters} letters");
            }
            return [.. text.ToString().Split('\n', StringSplitOptions.TrimEntries).Where(static l => l.Length > 0 && l[0] != '#')];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the list '{path}' cannot be read: {e.Message}", e);
        }
    }

    private static IReadOnlyList<string> Meant(string word, List<string> warnings, out bool many)
    {
        many = false;
        if (Directory.Exists(word))
        {
            string[] files = [.. VisibleFiles.In(word)];
            string[] videos = [.. files.Where(SiblingNames.IsVideo).Order(new NaturalNameComparer())];
            if (videos.Length == 0 || files.Any(ImageFile.HasImageExtension))
                return [word];
            many = true;
            Tell(warnings, VisibleFiles.Lost(word).Where(SiblingNames.IsVideo));
            return videos;
        }
        if (File.Exists(word) || !word.AsSpan().ContainsAny('*', '?'))
            return [word];
        many = true;
        ILookup<bool, string> matches = Match(word).ToLookup(FileNames.IsLost);
        Tell(warnings, matches[true]);
        string[] fits = [.. matches[false].Order(new NaturalNameComparer())];
        return fits.Length > 0 ? fits : throw new UserErrorException($"no file or folder fits '{word}'; check the pattern");
    }

    private static void Tell(List<string> warnings, IEnumerable<string> lost)
    {
        string[] names = [.. lost.Order(StringComparer.Ordinal)];
        if (names.Length > 0)
            warnings.Add($"{names.Length} of the inputs (such as '{names[0]}') passed over, since the name is not UTF-8; {FileNames.Remedy}");
    }

    // A pattern folder by folder. What begins with a dot only fits a part that does.
    private static IEnumerable<string> Match(string pattern)
    {
        string[] parts = pattern.Split('/');
        IEnumerable<string> found = [pattern.StartsWith('/') ? "/" : ""];
        for (int i = pattern.StartsWith('/') ? 1 : 0; i < parts.Length; i++)
        {
            string part = parts[i];
            bool last = i == parts.Length - 1;
            if (part.Length == 0)
                continue;
            found = part == "**" ? found.SelectMany(Below)
                : part.AsSpan().ContainsAny('*', '?') ? found.SelectMany(f => Entries(f, part, last))
                : found.Select(f => Path.Combine(f, part)).Where(p => Directory.Exists(p) || (last && File.Exists(p)));
        }
        return found;
    }

    private static IEnumerable<string> Entries(string folder, string part, bool files)
    {
        string place = folder.Length == 0 ? "." : folder;
        IEnumerable<string> entries = files ? Directory.EnumerateFileSystemEntries(place) : Directory.EnumerateDirectories(place);
        return entries.Select(Path.GetFileName).OfType<string>()
            .Where(n => FileSystemName.MatchesSimpleExpression(part, n, ignoreCase: false) && (part[0] == '.' || n[0] != '.'))
            .Select(n => Path.Combine(folder, n));
    }

    private static IEnumerable<string> Below(string folder) =>
        [folder, .. Entries(folder, "*", files: false).Where(d => new DirectoryInfo(d).LinkTarget is null).SelectMany(Below)];
}

using System.Globalization;
using System.Text;
using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>
/// The files of one generation and their names:
/// <c>PART.safetensors</c> for every part of the model, <c>optimizer.safetensors</c>, <c>state.json</c>, and <c>checksums.txt</c>, which
/// has a line <c>CRC32C LENGTH NAME</c> for each of the others and is written last.
/// </summary>
internal static class CheckpointFiles
{
    public const string State = "state.json";
    public const string Optimizer = "optimizer" + TensorsExtension;
    public const string Checksums = "checksums.txt";

    private const string TensorsExtension = ".safetensors";

    // Far beyond what any training reaches, and far from where the next number would not be one.
    private const long MostGenerations = 1_000_000_000_000;

    private const string GenerationPrefix = "generation-";
    private const string UnfinishedPrefix = ".saving-";

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    public static string OfPart(string part) => part + TensorsExtension;

    public static string NameOf(long generation) => GenerationPrefix + generation.ToString("D6", CultureInfo.InvariantCulture);

    public static string UnfinishedNameOf(long generation) => UnfinishedPrefix + generation.ToString("D6", CultureInfo.InvariantCulture);

    /// <summary>The generations in a folder, newest first; none when there is no folder.</summary>
    /// <exception cref="UserErrorException">One has a number that no training gives.</exception>
    public static List<long> Generations(string folder) => [.. Folders(folder, GenerationPrefix)
        .Select(name => NumberOf(folder, name))
        .Where(static n => n >= 0)
        .OrderDescending()];

    /// <summary>What interrupted saves left behind.</summary>
    public static List<string> Unfinished(string folder) =>
        [.. Folders(folder, UnfinishedPrefix).Where(static name => name.Length >= UnfinishedPrefix.Length + 6 && IsNumber(name.AsSpan(UnfinishedPrefix.Length)))];

    /// <summary>Deletes a generation's folder, whole or not, if it holds nothing but files with the names that a checkpoint has. Otherwise it is left as it is: who put
    /// something else there may have put the rest there too.</summary>
    /// <returns>False when there is something else in it, or it is a link.</returns>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be deleted.</exception>
    public static bool Delete(string generation)
    {
        DirectoryInfo folder = new(generation);
        if (!folder.Exists)
            return true;
        if (folder.LinkTarget is not null)
            return false;
        HashSet<string> ours = [State, Optimizer, Checksums, .. ModelZoo.All.SelectMany(static m => m.Parts).Select(static p => OfPart(p.Name))];
        List<FileSystemInfo> entries = [.. folder.EnumerateFileSystemInfos("*", Everything)];
        if (!entries.TrueForAll(e => e is FileInfo { LinkTarget: null } && ours.Contains(e.Name)))
            return false;
        // The list of checksums goes first: without it the rest cannot be taken for a sound generation.
        foreach (FileSystemInfo file in entries.OrderBy(static e => e.Name != Checksums))
            file.Delete();
        folder.Delete();
        return true;
    }

    public static string WriteChecksums(IEnumerable<(string Name, long Length, uint Checksum)> files) =>
        string.Concat(files.Select(static f => FormattableString.Invariant($"{f.Checksum:x8} {f.Length} {f.Name}\n")));

    /// <exception cref="InvalidDataException">A line is malformed.</exception>
    public static Dictionary<string, (long Length, uint Checksum)> ReadChecksums(byte[] text)
    {
        Dictionary<string, (long Length, uint Checksum)> files = [];
        if (text is not [.., (byte)'\n'])
            throw new InvalidDataException($"{Checksums} ends too early");
        foreach (string line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ', 3);
            if (fields.Length != 3 || !uint.TryParse(fields[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint checksum)
                || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long length))
            {
                throw new InvalidDataException($"{Checksums} is malformed");
            }
            files[fields[2]] = (length, checksum);
        }
        return files;
    }

    private static bool IsNumber(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;

    // Another name (with a sign, a letter, fewer digits) is somebody else's: -1.
    private static long NumberOf(string folder, string name)
    {
        ReadOnlySpan<char> digits = name.AsSpan(GenerationPrefix.Length);
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return -1;
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > MostGenerations)
            throw new UserErrorException($"The checkpoint '{name}' in '{folder}' has a number that no training gives; rename it or move it away.");
        return NameOf(number) == name ? number : -1;
    }

    private static List<string> Folders(string folder, string prefix) => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder, prefix + "*").Select(static d => Path.GetFileName(d))]
        : [];
}

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FaceSwap.Core;

/// <summary>
/// The names of temporary files, <c>.NAME.partial-rTOKEN</c> or, where an extension counts, <c>.STEM.partial-rTOKEN.EXT</c>, with a random token; and
/// <c>.NAME.partial-PROCESS-NUMBER</c>, which earlier versions wrote.
/// </summary>
internal static class TemporaryNames
{
    /// <summary>Stands before the token.</summary>
    public const string Mark = ".partial-";

    private const int TokenDigits = 12, LongestName = 255; // bytes, on all file systems in use

    /// <summary>A new name.</summary>
    public static string New(string full, string extension)
    {
        string token = System.Random.Shared.NextInt64(1L << (4 * TokenDigits)).ToString("x" + TokenDigits, CultureInfo.InvariantCulture);
        return Path.Combine(Path.GetDirectoryName(full) ?? "/", $"{Prefix(full, extension)}r{token}{extension}");
    }

    /// <summary>What all names of a file begin with. Several formats of one video have the same stem, so its extension stands at the end alone.</summary>
    public static string Prefix(string full, string extension)
    {
        string name = extension.Length > 0 ? Path.GetFileNameWithoutExtension(full) : Path.GetFileName(full);
        int room = LongestName - Mark.Length - TokenDigits - 2 - Encoding.UTF8.GetByteCount(extension);
        int length = name.Length;
        while (length > 1 && Encoding.UTF8.GetByteCount(name.AsSpan(0, length)) > room)
            length -= char.IsLowSurrogate(name[length - 1]) ? 2 : 1;
        return $".{name[..length]}{Mark}";
    }

    /// <summary>Whether a name is one of a file's.</summary>
    public static bool IsOf(string name, string prefix, string extension) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(extension, StringComparison.Ordinal)
        && name.LastIndexOf(Mark, StringComparison.Ordinal) + Mark.Length == prefix.Length;

    /// <summary>Who wrote a file of this name; null when it is none of these names.</summary>
    public static TemporaryOwner? Owner(string name)
    {
        int mark = name.LastIndexOf(Mark, StringComparison.Ordinal);
        if (mark < 1 || name[0] != '.')
            return null;
        string rest = name[(mark + Mark.Length)..].Split('.')[0];
        if (rest.Length == TokenDigits + 1 && rest[0] == 'r' && !rest.AsSpan(1).ContainsAnyExcept("0123456789abcdef"))
            return new TemporaryOwner(null);
        return rest.Split('-') is [string process, string number] && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? new TemporaryOwner(id) : null;
    }
}

/// <summary>Who wrote a temporary file, as far as its name tells.</summary>
/// <param name="Process">The process id that an earlier version gave; null: the lock alone counts.</param>
internal readonly record struct TemporaryOwner(int? Process)
{
    // Names with our own process id are of a process in another container, or of one before us in this.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    /// <summary>False when the writer is known to run, or may do so elsewhere.</summary>
    public bool MayBeDead(FileInfo file) => Process is not { } id
        || (id == Environment.ProcessId ? DateTime.UtcNow - file.LastWriteTimeUtc > Quiet : !IsRunning(id));

    private static bool IsRunning(int process)
    {
        try
        {
            using Process found = System.Diagnostics.Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}

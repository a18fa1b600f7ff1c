using System.Diagnostics;
using System.Globalization;

namespace FaceSwap.Core;

/// <summary>
/// Names of files that are being written: hidden, beside the final file, and telling the process that writes them, so that what a killed process left can be
/// told from the work of one that runs.
/// </summary>
public static class TemporaryFile
{
    private const string Mark = ".partial-";
    private static int counter;

    /// <summary>A new name beside a file.</summary>
    /// <param name="path">The final file.</param>
    /// <param name="extension">What the name ends in, with its dot, for writers that choose the format by it; the name of an image must not, for readers of folders.</param>
    public static string Beside(string path, string extension = "")
    {
        string full = Path.GetFullPath(path);
        return Path.Combine(Path.GetDirectoryName(full) ?? "/", string.Create(CultureInfo.InvariantCulture,
            $"{Prefix(full, extension)}{Environment.ProcessId}-{Interlocked.Increment(ref counter)}{extension}"));
    }

    /// <summary>Deletes what killed processes left of earlier attempts at one file.</summary>
    /// <param name="path">The final file.</param>
    /// <param name="extension">As given to <see cref="Beside"/>.</param>
    public static void SweepBeside(string path, string extension = "")
    {
        string full = Path.GetFullPath(path);
        Sweep(Path.GetDirectoryName(full) ?? "/", Prefix(full, extension), extension);
    }

    /// <summary>Deletes what killed processes left of any file of a folder.</summary>
    /// <param name="folder">Need not exist.</param>
    public static void SweepFolder(string folder)
    {
        if (Directory.Exists(folder))
            Sweep(folder, ".", "");
    }

    // Several formats of one video have the same stem, so its extension stands at the end alone.
    private static string Prefix(string full, string extension) => $".{(extension.Length > 0 ? Path.GetFileNameWithoutExtension(full) : Path.GetFileName(full))}{Mark}";

    private static void Sweep(string folder, string prefix, string suffix)
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder))
            {
                string name = Path.GetFileName(file);
                int mark = name.LastIndexOf(Mark, StringComparison.Ordinal);
                if (mark > 0 && name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal)
                    && int.TryParse(name[(mark + Mark.Length)..].Split('-')[0], CultureInfo.InvariantCulture, out int owner) && !IsRunning(owner))
                {
                    File.Delete(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tidying is a courtesy; the work itself will say what is wrong with the folder.
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}

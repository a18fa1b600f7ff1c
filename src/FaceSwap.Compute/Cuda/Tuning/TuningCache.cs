using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceSwap.Core;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Which of several ways was the fastest, kept from run to run. One file holds the choices of one <em>setting</em>: device, driver and library
/// versions, anything that makes an old choice worthless. A file that is damaged, of another form or of another setting is as none at all and
/// is written anew; one that cannot be written costs only that the next run measures again.
/// </summary>
internal sealed class TuningCache
{
    private const string Form = "faceswap-tuning-1";

    private const int MostBytes = 64 << 20;

    private readonly string path;
    private readonly string setting;
    private readonly Dictionary<string, string> choices;

    /// <summary>Opens the choices of a setting.</summary>
    /// <param name="folder">Where files are; made when something is stored.</param>
    /// <param name="setting">Says in words what the choices hold for.</param>
    public TuningCache(string folder, string setting)
    {
        this.setting = setting;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(setting)))[..16];
        path = Path.Combine(folder, $"tuning-{hash}.json");
        choices = Read(path, setting) ?? new(StringComparer.Ordinal);
    }

    /// <summary>The user's cache folder: <c>$XDG_CACHE_HOME/faceswap</c>, else <c>~/.cache/faceswap</c>, else one below the temporary folder.</summary>
    public static string DefaultFolder
    {
        get
        {
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache))
                return Path.Combine(cache, "faceswap");
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return home.Length > 0 ? Path.Combine(home, ".cache", "faceswap") : Path.Combine(Path.GetTempPath(), "faceswap-cache");
        }
    }

    /// <summary>The file.</summary>
    public string FilePath => path;

    /// <summary>What was chosen for a piece of work; null when nothing is known.</summary>
    public string? Find(string work) => choices.GetValueOrDefault(work);

    /// <summary>Stores a choice at once: tuning is slow, and the next moment may bring a kill.</summary>
    public void Store(string work, string choice)
    {
        choices[work] = choice;
        // Another process may have stored something since this one read the file.
        foreach ((string other, string its) in Read(path, setting) ?? [])
            choices.TryAdd(other, its);
        try
        {
            AtomicFile.Write(path, "tuning", Write);
        }
        catch (UserErrorException)
        {
            // A cache that cannot be written: see the class.
        }
    }

    /// <summary>Forgets a choice that turned out not to work any more.</summary>
    public void Forget(string work) => choices.Remove(work);

    private static Dictionary<string, string>? Read(string path, string setting)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path, MostBytes);
            using JsonDocument document = JsonDocument.Parse(stream);
            JsonElement root = document.RootElement;
            if (root.GetProperty("form").GetString() != Form || root.GetProperty("setting").GetString() != setting)
                return null;
            var choices = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty choice in root.GetProperty("choices").EnumerateObject())
                choices[choice.Name] = choice.Value.GetString() ?? throw new JsonException("a choice is null");
            return choices;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private void Write(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("form", Form);
        writer.WriteString("setting", setting);
        writer.WriteStartObject("choices");
        foreach ((string work, string choice) in choices.OrderBy(c => c.Key, StringComparer.Ordinal))
            writer.WriteString(work, choice);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}

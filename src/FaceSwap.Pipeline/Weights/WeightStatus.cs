using System.Security.Cryptography;
using FaceSwap.Core;

namespace FaceSwap.Pipeline.Weights;

/// <summary>How a weight file stands on this machine.</summary>
public enum WeightState
{
    /// <summary>It is nowhere.</summary>
    Absent,

    /// <summary>It is here and can be used, and its content is the known one.</summary>
    Known,

    /// <summary>It is here and can be used; its checksum is another than the known one, or none is known.</summary>
    Usable,

    /// <summary>It is here and cannot be used.</summary>
    Damaged,
}

/// <summary>What was found of a weight file.</summary>
/// <param name="File">The file.</param>
/// <param name="State">How it stands.</param>
/// <param name="Path">Where it is; null when it is nowhere.</param>
/// <param name="Checksum">SHA-256 of what lies there, in hexadecimal; null when it is nowhere or unreadable.</param>
/// <param name="Trouble">Why it cannot be used, or nothing.</param>
public sealed record WeightStatus(WeightFile File, WeightState State, string? Path, string? Checksum, string Trouble = "")
{
    private const int MostBytes = 256 << 20;

    /// <summary>Looks a file up, reads it to the end and compares checksums.</summary>
    public static WeightStatus Of(WeightFile file, string? modelsDirectory)
    {
        if (WeightStore.Find(file, modelsDirectory) is not { } path)
            return new WeightStatus(file, WeightState.Absent, null, null);
        string? checksum = null;
        try
        {
            checksum = Sha256(RegularFile.ReadAllBytes(path, MostBytes));
            file.Verify(path);
            return new WeightStatus(file, IsKnown(file, path) ? WeightState.Known : WeightState.Usable, path, checksum);
        }
        catch (Exception e) when (e is UserErrorException or IOException or UnauthorizedAccessException)
        {
            return new WeightStatus(file, WeightState.Damaged, path, checksum, e.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>SHA-256 in hexadecimal.</summary>
    internal static string Sha256(ReadOnlySpan<byte> data) => System.Convert.ToHexStringLower(SHA256.HashData(data));

    // The parts count too: the manifest alone says nothing of the weights.
    private static bool IsKnown(WeightFile file, string path)
    {
        if (file.Checksums.Count == 0)
            return false;
        string folder = System.IO.Path.GetDirectoryName(path)!;
        return file.Parts.Select(part => System.IO.Path.Combine(folder, part)).Prepend(path).All(one =>
        {
            byte[] data = RegularFile.ReadAllBytes(one, MostBytes);
            string name = System.IO.Path.GetFileName(one);
            if (Bzip2.IsCompressed(data))
                (data, name) = (Bzip2.Decompress(data, MostBytes), System.IO.Path.GetFileNameWithoutExtension(name));
            return file.Checksums.TryGetValue(name, out string? known) && known == Sha256(data);
        });
    }
}

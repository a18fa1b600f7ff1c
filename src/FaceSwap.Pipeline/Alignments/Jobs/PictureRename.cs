using System.Security.Cryptography;
using FaceSwap.Interop;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>A picture that gets another name, and how to know it again: under the same name may be another one by the time of a recovery, and in a copy of the folder
/// it is another file.</summary>
/// <param name="From">Its name in the folder.</param>
/// <param name="To">The name that it gets.</param>
/// <param name="Device">With <paramref name="Inode"/> which file it is, which tells pictures with the same content apart. 0: not known.</param>
/// <param name="Inode">See there.</param>
/// <param name="Sha256">Hash of its content; null: not known.</param>
internal sealed record PictureRename(string From, string To, ulong Device, ulong Inode, string? Sha256 = null)
{
    /// <summary>One of a folder as it is.</summary>
    public static PictureRename Of(string folder, string from, string to)
    {
        string path = Path.Combine(folder, from);
        FileEntry? entry = FileEntry.Find(path, follow: false);
        return new PictureRename(from, to, entry?.Device ?? 0, entry?.Inode ?? 0, Hash(path));
    }

    /// <summary>The hash of a picture's content; null where there is none to be read.</summary>
    public static string? Hash(string path)
    {
        try
        {
            if (FileEntry.Find(path, follow: true) is not { Kind: FileKind.Regular })
                return null;
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            return System.Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

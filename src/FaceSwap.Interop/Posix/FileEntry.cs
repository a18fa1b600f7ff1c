using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FaceSwap.Interop;

/// <summary>What stands under a name in a folder.</summary>
public enum FileKind
{
    /// <summary>A pipe, a socket or a device: reading may never end.</summary>
    Special,

    /// <summary>A file with content.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link.</summary>
    Link,
}

/// <summary>What the system says of an entry of a folder, which the base library tells only in part: its kind and which one it is, whatever its names are.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes of a regular file.</param>
/// <param name="Device">The file system; with <paramref name="Inode"/> it tells two entries apart. Both are 0 where the system does not say.</param>
/// <param name="Inode">Its number there.</param>
public readonly unsafe partial record struct FileEntry(FileKind Kind, long Size, ulong Device, ulong Inode)
{
    private const int CurrentFolder = -100, DoNotFollow = 0x100, EmptyPath = 0x1000; // AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH
    private const uint BasicFacts = 0x7ff; // STATX_BASIC_STATS

    /// <summary>Whether <see cref="Device"/> and <see cref="Inode"/> are known.</summary>
    public bool IsIdentified => Inode != 0;

    /// <summary>Whether two entries are known to be the same file or folder.</summary>
    public bool IsSameAs(FileEntry other) => IsIdentified && Device == other.Device && Inode == other.Inode;

    /// <summary>Looks at what a name stands for.</summary>
    /// <param name="path">The name.</param>
    /// <param name="follow">Whether links are followed.</param>
    /// <returns>Null when there is nothing, or it may not be looked at.</returns>
    public static FileEntry? Find(string path, bool follow)
    {
        if (OperatingSystem.IsLinux())
        {
            Facts facts;
            if (statx(CurrentFolder, path, follow ? 0 : DoNotFollow, BasicFacts, &facts) == 0)
                return facts.Entry;
            // Sandboxes of old kernels refuse the call itself.
            if (Marshal.GetLastPInvokeError() is not (1 or 38))
                return null;
        }
        return FromLibrary(path, follow);
    }

    /// <summary>Looks at an open file; null where the system does not say.</summary>
    public static FileEntry? Of(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            Facts facts;
            return statx((int)file.DangerousGetHandle(), "", EmptyPath, BasicFacts, &facts) == 0 ? facts.Entry : null;
        }
        finally
        {
            if (held)
                file.DangerousRelease();
        }
    }

    private static FileEntry? FromLibrary(string path, bool follow)
    {
        try
        {
            FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (info.LinkTarget is not null)
            {
                if (!follow)
                    return new FileEntry(FileKind.Link, 0, 0, 0);
                if (info.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true } target)
                    return null;
                info = target;
            }
            return !info.Exists ? null : new FileEntry(info is DirectoryInfo ? FileKind.Folder : FileKind.Regular, info is FileInfo file ? file.Length : 0, 0, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // struct statx of Linux, the same on every processor; libc has it since glibc 2.28 and musl 1.2.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Facts
    {
        [FieldOffset(28)]
        private readonly ushort mode;

        [FieldOffset(32)]
        private readonly ulong inode;

        [FieldOffset(40)]
        private readonly ulong size;

        [FieldOffset(136)]
        private readonly uint deviceMajor;

        [FieldOffset(140)]
        private readonly uint deviceMinor;

        public readonly FileEntry Entry => new((mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.Link,
            _ => FileKind.Special,
        }, (long)size, ((ulong)deviceMajor << 32) | deviceMinor, inode);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(int folder, string path, int flags, uint mask, Facts* facts);
}

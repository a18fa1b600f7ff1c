using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>Turns failures of the shim and of the file system into sentences for the user.</summary>
public static class MediaErrors
{
    /// <summary>A failure to read <paramref name="path"/>.</summary>
    internal static UserErrorException Reading(string path, ShimException e) => e.Status switch
    {
        ShimStatus.Permission => new UserErrorException($"'{path}' may not be read: permission denied.", e),
        ShimStatus.OutOfMemory => new UserErrorException($"There is not enough memory to decode '{path}'.", e),
        _ => new UserErrorException($"'{path}' cannot be read as a video: {e.Message}.", e),
    };

    /// <summary>A failure to write <paramref name="path"/>.</summary>
    internal static UserErrorException Writing(string path, ShimException e) => e.Status switch
    {
        ShimStatus.NoSpace => new UserErrorException($"The disk is full: '{path}' cannot be written; free some space or choose another folder.", e),
        ShimStatus.Permission => new UserErrorException($"'{path}' cannot be written: permission denied or a read-only folder.", e),
        ShimStatus.OutOfMemory => new UserErrorException($"There is not enough memory to encode '{path}'.", e),
        _ => new UserErrorException($"'{path}' cannot be written: {e.Message}.", e),
    };

    /// <summary>A failure of the file system to write <paramref name="path"/>.</summary>
    public static UserErrorException Writing(string path, Exception e)
    {
        const int diskFullOnLinux = 28, diskFullOnWindows = unchecked((int)0x80070070);
        bool full = e is IOException && ((e.HResult & 0xFFFF) == diskFullOnLinux || e.HResult == diskFullOnWindows);
        return full
            ? new UserErrorException($"The disk is full: '{path}' cannot be written; free some space or choose another folder.", e)
            : e is UnauthorizedAccessException
                ? new UserErrorException($"'{path}' cannot be written: permission denied or a read-only folder.", e)
                : new UserErrorException($"'{path}' cannot be written: {e.Message}", e);
    }

    /// <summary>Fails unless <paramref name="path"/> is a file with something in it.</summary>
    internal static void RequireFile(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"'{path}' is a folder, but a video file is needed here.");
        FileInfo file = new(path);
        if (!file.Exists)
            throw new UserErrorException($"There is no file '{path}'; check the path.");
        if (file.Length == 0)
            throw new UserErrorException($"'{path}' is empty (zero bytes).");
    }

    internal static unsafe string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";
}

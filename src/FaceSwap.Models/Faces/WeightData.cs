using FaceSwap.Core;

namespace FaceSwap.Models;

/// <summary>Reads weight files whole, decompressing where they are compressed, and turns every failure into one sentence.</summary>
internal static class WeightData
{
    // The largest file read is dlib's recognition network, 22 MB.
    private const int MostBytes = 256 << 20;

    /// <summary>Reads a file and parses it.</summary>
    /// <param name="path">The file, plain or bzip2.</param>
    /// <param name="what">What it should be: <c>face detector</c>.</param>
    /// <param name="parse">Parses the content; <see cref="InvalidDataException"/> says what is wrong.</param>
    /// <exception cref="UserErrorException">The file cannot be read or is not what it should be.</exception>
    public static T Read<T>(string path, string what, Func<byte[], T> parse)
    {
        try
        {
            byte[] data = RegularFile.ReadAllBytes(path, MostBytes);
            return parse(Bzip2.IsCompressed(data) ? Bzip2.Decompress(data, MostBytes) : data);
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException($"the {what} file '{path}' is damaged or holds something else ({e.Message}); get it again with 'faceswap models get'", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the {what} file '{path}' cannot be read ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using FaceSwap.Core.Frames;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>
/// Tells by the faces themselves, whatever their folders and files are called, whether those of A and B are what they were when a model was trained. A checkpoint keeps the
/// smallest marks of each side: adding faces hides none of them, and of faces that stay most are found again.
/// </summary>
internal static class FaceMarks
{
    // Faces remembered of a side.
    private const int Remembered = 64;

    /// <summary>A face's mark: the first 64 bits of the SHA-256 of its pixels.</summary>
    /// <param name="face">A <see cref="PixelFormat.Bgr24"/> frame.</param>
    public static ulong Of(Frame face)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        PlaneView plane = face.Plane(0);
        for (int y = 0; y < face.Height; y++)
            hash.AppendData(plane.RowSpan(y)[..(face.Width * 3)]);
        Span<byte> whole = stackalloc byte[32];
        hash.GetHashAndReset(whole);
        return BinaryPrimitives.ReadUInt64BigEndian(whole);
    }

    /// <summary>What a checkpoint keeps.</summary>
    public static TrainedFaces Remember(IEnumerable<ulong> a, IEnumerable<ulong> b) => new(Smallest(a), Smallest(b));

    /// <summary>Compares the faces of a training with each other and with those that its model was trained on.</summary>
    /// <param name="a">Marks of A's faces.</param>
    /// <param name="b">Marks of B's.</param>
    /// <param name="before">What the checkpoint keeps; null: nothing.</param>
    /// <param name="exchanged">Whether the sides are exchanged, or one of them is now what the other one was.</param>
    /// <returns>A sentence about what is wrong; null when nothing is.</returns>
    public static string? Compare(IReadOnlyList<ulong> a, IReadOnlyList<ulong> b, TrainedFaces? before, out bool exchanged)
    {
        HashSet<ulong> nowA = [.. a], nowB = [.. b];
        exchanged = false;
        if (before is { A: { } wasA, B: { } wasB })
        {
            bool aIsB = Share(wasB, nowA) > Share(wasA, nowA), bIsA = Share(wasA, nowB) > Share(wasB, nowB);
            exchanged = aIsB || bIsA;
            if (aIsB && bIsA)
                return "The faces of A and B are exchanged: those of A are the ones that this model learned as B, and the other way round; exchange --input-A and --input-B, or the model is spoiled.";
            if (exchanged)
            {
                (string side, string other) = aIsB ? ("A", "B") : ("B", "A");
                return $"The faces of {side} are the ones that this model learned as the other side, {other}; check --input-A and --input-B, or the model is spoiled.";
            }
        }
        int both = nowA.Count(nowB.Contains);
        return 2 * both >= Math.Min(nowA.Count, nowB.Count)
            ? $"The same faces are on both sides ({both} of {nowA.Count} of A and of {nowB.Count} of B); a swap needs two people, so check --input-A and --input-B."
            : null;
    }

    // The part of the faces remembered that are there. Names in a state that another program wrote need not be marks; they are then not found.
    private static double Share(string[] remembered, HashSet<ulong> now) => remembered.Length == 0 ? 0
        : (double)remembered.Count(r => ulong.TryParse(r, System.Globalization.NumberStyles.HexNumber, null, out ulong mark) && now.Contains(mark)) / remembered.Length;

    private static string[] Smallest(IEnumerable<ulong> marks) => [.. marks.Distinct().Order().Take(Remembered).Select(m => m.ToString("x16", null))];
}

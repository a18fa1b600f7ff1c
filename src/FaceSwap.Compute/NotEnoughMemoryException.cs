using FaceSwap.Core;

namespace FaceSwap.Compute;

/// <summary>A block does not fit into a device's memory: says what was needed, what was free, and which option to change.</summary>
public sealed class NotEnoughMemoryException : UserErrorException
{
    /// <summary>Makes the error.</summary>
    /// <param name="label">What the memory was for.</param>
    /// <param name="needed">Bytes needed.</param>
    /// <param name="free">Bytes that were free.</param>
    /// <param name="where">Whose memory, for example <c>on cuda:0 (NAME)</c>.</param>
    /// <param name="inner">The failure behind it, or null.</param>
    public NotEnoughMemoryException(string label, long needed, long free, string where, Exception? inner = null)
        : base($"Not enough memory for {label}: {Mebibytes(needed)} MiB needed, {free >> 20} MiB free {where}; "
            + "choose a smaller --batch-size (or auto) or a smaller --trainer.", inner)
    {
        Needed = needed;
        Free = free;
    }

    /// <summary>Bytes needed.</summary>
    public long Needed { get; }

    /// <summary>Bytes that were free.</summary>
    public long Free { get; }

    // A part of one counts as one: nothing needs 0 MiB.
    private static long Mebibytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}

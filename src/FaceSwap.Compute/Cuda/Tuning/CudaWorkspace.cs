namespace FaceSwap.Compute.Cuda;

/// <summary>Lays scratch out: parts one after the other, each on a 256-byte boundary, which is what every library asks for at most.</summary>
internal struct CudaWorkspace
{
    private const long Alignment = 256;

    /// <summary>Bytes of all parts.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes that hold all parts wherever memory begins.</summary>
    public readonly long BytesAnywhere => Bytes == 0 ? 0 : Bytes + Alignment;

    /// <summary>Rounded up to the boundary.</summary>
    public static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Reserves a part.</summary>
    /// <returns>Its offset from <see cref="Base"/>.</returns>
    public long Take(long bytes)
    {
        long offset = Bytes;
        Bytes += Align(bytes);
        return offset;
    }

    /// <summary>The first boundary in the caller's memory.</summary>
    /// <exception cref="ArgumentException">It is smaller than <paramref name="needed"/>.</exception>
    public static nint Base(DeviceSpan<byte> workspace, long needed)
    {
        if (workspace.Length < needed)
            throw new ArgumentException($"a workspace of {workspace.Length} bytes where {needed} are needed", nameof(workspace));
        return needed == 0 ? 0 : (nint)Align(CudaSpan.Pointer(workspace, workspace.Length, nameof(workspace)));
    }
}

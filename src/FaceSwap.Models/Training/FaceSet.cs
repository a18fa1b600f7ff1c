using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>The aligned faces of one identity in device memory: (F, S, S, 3) BGR bytes.</summary>
public sealed class FaceSet : IDisposable
{
    private readonly IBackend backend;
    private readonly DeviceBuffer memory;

    /// <summary>Takes memory for a number of faces.</summary>
    /// <param name="backend">Where they will be used; must outlive the set.</param>
    /// <param name="count">Faces, at least 1.</param>
    /// <param name="size">Side in pixels, 256.</param>
    /// <param name="label">What they are, in out-of-memory messages.</param>
    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    public FaceSet(IBackend backend, int count, int size, string label)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 2);
        (this.backend, Count, Size) = (backend, count, size);
        memory = backend.Allocate(count * FaceBytes, label);
    }

    /// <summary>Number of faces.</summary>
    public int Count { get; private set; }

    /// <summary>Side in pixels.</summary>
    public int Size { get; }

    /// <summary>Bytes of one face: S·S·3.</summary>
    public long FaceBytes => (long)Size * Size * 3;

    /// <summary>All faces.</summary>
    public DeviceSpan<byte> Faces => memory.Span<byte>().Slice(0, Count * FaceBytes);

    /// <summary>Copies a face in.</summary>
    /// <param name="index">Which.</param>
    /// <param name="bgr">(S, S, 3).</param>
    public void Upload(int index, ReadOnlySpan<byte> bgr) => backend.Upload(bgr, Faces.Slice(index * FaceBytes, FaceBytes));

    /// <summary>Copies one row of a face in.</summary>
    /// <param name="index">Which face.</param>
    /// <param name="y">Which row.</param>
    /// <param name="bgr">(S, 3).</param>
    public void UploadRow(int index, int y, ReadOnlySpan<byte> bgr) =>
        backend.Upload(bgr, Faces.Slice((index * FaceBytes) + ((long)y * Size * 3), (long)Size * 3));

    /// <summary>Drops faces; the others move together in order. To be called before a plan is made of <see cref="Faces"/>.</summary>
    /// <param name="kept">Whether each face stays; at least one does.</param>
    public void Keep(ReadOnlySpan<bool> kept)
    {
        byte[] face = new byte[FaceBytes];
        int count = 0;
        for (int i = 0; i < kept.Length; i++)
        {
            if (!kept[i])
                continue;
            if (count < i)
            {
                Download(i, face);
                Upload(count, face);
            }
            count++;
        }
        ArgumentOutOfRangeException.ThrowIfZero(count, nameof(kept));
        Count = count;
    }

    /// <summary>Copies a face out.</summary>
    public void Download(int index, Span<byte> bgr) => backend.Download(Faces.Slice(index * FaceBytes, FaceBytes), bgr);

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();
}

namespace FaceSwap.Compute;

/// <summary>A block of a backend's memory: host memory for the CPU backends, device memory for a GPU. Disposing frees it.</summary>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Records size and purpose.</summary>
    protected DeviceBuffer(long byteLength, string label)
    {
        ByteLength = byteLength;
        Label = label;
    }

    /// <summary>The address of the first byte, at least 64-byte aligned; a device pointer on a GPU.</summary>
    public abstract nint Address { get; }

    /// <summary>Whether the processor can read and write it at its address.</summary>
    public virtual bool IsHostMemory => false;

    /// <summary>Size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>What it is for, in out-of-memory messages.</summary>
    public string Label { get; }

    /// <summary>The whole buffer as elements.</summary>
    public DeviceSpan<T> Span<T>() where T : unmanaged => new(this, 0, ByteLength / DeviceSpan<T>.ElementBytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>A range of a <see cref="DeviceBuffer"/>, in elements. It owns nothing.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Offset">First element, counted from the buffer's start.</param>
/// <param name="Length">Number of elements.</param>
public readonly record struct DeviceSpan<T>(DeviceBuffer Buffer, long Offset, long Length) where T : unmanaged
{
    internal static unsafe int ElementBytes => sizeof(T);

    /// <summary>The address of the first element; a device pointer on a GPU.</summary>
    public nint Address => Buffer.Address + (nint)(Offset * ElementBytes);

    /// <summary>True for <c>default</c>: an optional argument that was not given.</summary>
    public bool IsEmpty => Buffer is null || Length == 0;

    /// <summary>A part.</summary>
    public DeviceSpan<T> Slice(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset + length > Length)
            throw new ArgumentOutOfRangeException(nameof(length), $"[{offset}, {offset + length}) is outside a span of {Length} elements");
        return new DeviceSpan<T>(Buffer, Offset + offset, length);
    }

    /// <summary>The same bytes as elements of another type.</summary>
    /// <exception cref="ArgumentException">The bytes are not whole elements of that type, counted from the buffer's start.</exception>
    public DeviceSpan<TOther> As<TOther>() where TOther : unmanaged
    {
        int size = DeviceSpan<TOther>.ElementBytes;
        long offset = Offset * ElementBytes, length = Length * ElementBytes;
        if (offset % size != 0 || length % size != 0)
            throw new ArgumentException($"bytes [{offset}, {offset + length}) of a buffer are not whole elements of {size} bytes");
        return new DeviceSpan<TOther>(Buffer, offset / size, length / size);
    }
}

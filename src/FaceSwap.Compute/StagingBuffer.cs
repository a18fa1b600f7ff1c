namespace FaceSwap.Compute;

/// <summary>
/// Host memory from and to which a backend copies without holding up the caller: page-locked on a GPU. Copies are in order with the backend's other work.
/// Enqueueing is for the backend's thread; <see cref="Wait"/> may be called on another one. The memory must be left alone while a copy is under way.
/// </summary>
public abstract class StagingBuffer : IDisposable
{
    /// <summary>Records the size.</summary>
    protected StagingBuffer(long byteLength) => ByteLength = byteLength;

    /// <summary>The first byte, 64-byte aligned.</summary>
    public abstract nint Address { get; }

    /// <summary>Size in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>A part as managed memory.</summary>
    public unsafe Span<byte> Part(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset + length > ByteLength)
            throw new ArgumentOutOfRangeException(nameof(length), $"[{offset}, {offset + length}) is outside {ByteLength} bytes");
        return new Span<byte>((byte*)Address + offset, length);
    }

    /// <summary>Enqueues copying the first <paramref name="destination"/>.Length bytes to the device.</summary>
    public abstract void Upload(DeviceSpan<byte> destination);

    /// <summary>Enqueues copying from the device to the first bytes.</summary>
    public abstract void Download(DeviceSpan<byte> source);

    /// <summary>Waits for the copies enqueued so far, and so for all work before them.</summary>
    public abstract void Wait();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>For backends whose memory is the host's: a copy is done when the call returns.</summary>
internal sealed unsafe class HostStaging(long bytes, string label) : StagingBuffer(bytes)
{
    private readonly HostBuffer memory = HostBuffer.Allocate(bytes, label);

    public override nint Address => memory.Address;

    public override void Upload(DeviceSpan<byte> destination) => Buffer.MemoryCopy((void*)Address, (void*)destination.Address, destination.Length, Bounded(destination));

    public override void Download(DeviceSpan<byte> source) => Buffer.MemoryCopy((void*)source.Address, (void*)Address, ByteLength, Bounded(source));

    public override void Wait()
    {
        // Every copy has been made when its call returns.
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            memory.Dispose();
    }

    private long Bounded(DeviceSpan<byte> span) => span.Length <= ByteLength
        ? span.Length
        : throw new ArgumentException($"{span.Length} bytes cannot be copied to or from a staging buffer of {ByteLength}");
}

using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>
/// Standard input or output of a filter, for a thread that must be able to stop while the other program gives or takes nothing: it waits for the descriptor a moment at a time
/// and looks at its cancellation in between, and neither reads nor writes where that would block. Not for Windows.
/// </summary>
public sealed unsafe partial class DescriptorStream : Stream
{
    private const int PatienceMilliseconds = 100;
    private const short Readable = 1, Writable = 4; // POLLIN, POLLOUT
    private const int Interrupted = 4; // EINTR
    private const int LinuxAgain = 11, MacAgain = 35; // EAGAIN

    // Linux: O_WRONLY | O_NONBLOCK | O_CLOEXEC.
    private const int WriteWithoutWaiting = 0x1 | 0x800 | 0x80000;
    private const int FromHere = 1; // SEEK_CUR

    // What a pipe takes without blocking once it is writable.
    private const int Page = 4096;

    private readonly CancellationToken cancellation;
    private readonly bool writes;
    private readonly int descriptor, most;
    private readonly bool owned;

    private DescriptorStream(int descriptor, bool writes, bool owned, int most, CancellationToken cancellation) =>
        (this.descriptor, this.writes, this.owned, this.most, this.cancellation) = (descriptor, writes, owned, most, cancellation);

    /// <summary>Standard input; it stays open.</summary>
    /// <param name="cancellation">Ends a read that waits, by an <see cref="OperationCanceledException"/>.</param>
    public static DescriptorStream Input(CancellationToken cancellation) => new(StandardDescriptors.Input, false, false, int.MaxValue, cancellation);

    /// <summary>Standard output; it stays open.</summary>
    /// <param name="cancellation">Ends a write that waits, by an <see cref="OperationCanceledException"/>.</param>
    public static DescriptorStream Output(CancellationToken cancellation)
    {
        const string Own = "/proc/self/fd/1";
        // A pipe that is opened once more can be written without blocking, whatever the programs that share the other opening want.
        if (OperatingSystem.IsLinux() && File.ResolveLinkTarget(Own, false)?.Name.StartsWith("pipe:", StringComparison.Ordinal) == true)
        {
            int again = open(Own, WriteWithoutWaiting);
            if (again >= 0)
                return new DescriptorStream(again, true, true, int.MaxValue, cancellation);
        }
        bool isFile = lseek(StandardDescriptors.Output, 0, FromHere) >= 0;
        return new DescriptorStream(StandardDescriptors.Output, true, false, isFile ? int.MaxValue : Page, cancellation);
    }

    /// <inheritdoc/>
    public override bool CanRead => !writes;

    /// <inheritdoc/>
    public override bool CanWrite => writes;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            Await(Readable);
            fixed (byte* first = buffer)
            {
                nint got = read(descriptor, first, (nuint)buffer.Length);
                if (got >= 0)
                    return (int)got;
            }
            ThrowUnlessPassing("standard input cannot be read");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">It cannot be written, or nobody reads it any more.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a part may have been written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Await(Writable);
            fixed (byte* first = buffer)
            {
                nint put = write(descriptor, first, (nuint)Math.Min(buffer.Length, most));
                if (put >= 0)
                {
                    buffer = buffer[(int)put..];
                    continue;
                }
            }
            ThrowUnlessPassing("standard output cannot be written");
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (owned && disposing)
            _ = close(descriptor);
        base.Dispose(disposing);
    }

    // Also returns when the other end is gone or the descriptor is none: the call that follows says which.
    private void Await(short events)
    {
        PollDescriptor wanted = new() { Descriptor = descriptor, Events = events };
        int ready;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            ready = poll(&wanted, 1, PatienceMilliseconds);
        }
        while (ready == 0 || (ready < 0 && Marshal.GetLastPInvokeError() == Interrupted)); // the runtime stops threads by signals
    }

    private static void ThrowUnlessPassing(string what)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error != Interrupted && error != (OperatingSystem.IsMacOS() ? MacAgain : LinuxAgain))
            throw new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc")]
    private static partial long lseek(int descriptor, long offset, int origin);
}

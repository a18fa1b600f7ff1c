using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Media;

/// <summary>
/// A frame as the decoder gave it: a reference, no copy. The decoder may still predict later frames from the same samples, so
/// only <see cref="AsWritable"/> gives samples that may be changed; it copies only if somebody else refers to them.
/// </summary>
public sealed class DecodedFrame : Frame
{
    private readonly SafeAvFrameHandle handle;
    private VideoFrameInfo info;

    internal DecodedFrame(SafeAvFrameHandle handle, in VideoFrameInfo info)
    {
        this.handle = handle;
        this.info = info;
        Matrix = (ColorMatrix)info.Matrix;
        Range = (ColorRange)info.Range;
        Pts = info.Pts;
        Duration = info.Duration;
    }

    /// <inheritdoc/>
    public override int Width => info.Width;

    /// <inheritdoc/>
    public override int Height => info.Height;

    /// <inheritdoc/>
    public override PixelFormat Format => (PixelFormat)info.Format;

    internal SafeAvFrameHandle Handle => handle;

    /// <inheritdoc/>
    public override PlaneView Plane(int index)
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, PlaneCount);
        (int width, int height, int step) = FrameLayout.PlaneSize(Width, Height, Format, index);
        return new PlaneView(info.Data[index], info.Stride[index], width, height, step);
    }

    /// <inheritdoc/>
    public override Frame AsWritable()
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        ShimException.ThrowIfFailed(ShimNative.fs_video_frame_make_writable(handle, ref info));
        return this;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
    }
}

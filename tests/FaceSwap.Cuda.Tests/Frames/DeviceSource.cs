using FaceSwap.Compute;
using FaceSwap.Core.Frames;

namespace FaceSwap.Cuda.Tests;

/// <summary>Delivers another source's frames on the device: uploaded, or as a decoder there does, from pictures of its own that it takes back and overwrites.</summary>
internal sealed class DeviceSource(IFrameSource inner, IBackend backend, IDeviceFrames frames, bool decoder = false) : IFrameSource
{
    private const int Pictures = 3, Padding = 64;

    private readonly Queue<DeviceBuffer> free = [];
    private readonly List<DeviceBuffer> all = [];
    private int outside;

    public FrameSourceInfo Info => inner.Info;

    public IReadOnlyList<string> Warnings => inner.Warnings;

    /// <summary>Most pictures that were away from the decoder at once.</summary>
    public int MostOutside { get; private set; }

    public Frame? Read(CancellationToken cancellation = default) =>
        inner.Read(cancellation) is not { } frame ? null : decoder ? Decoded(frame) : frames.Upload(frame);

    public void Dispose()
    {
        inner.Dispose();
        foreach (DeviceBuffer buffer in all)
            buffer.Dispose();
    }

    // A decoder's rows are longer than the frame's, and its luma ends below the frame (1088 rows for 1080).
    private DeviceFrame Decoded(Frame frame)
    {
        int stride = frame.Width + Padding, rows = frame.Height + 8, chromaRows = (frame.Height + 1) / 2;
        if (all.Count == 0)
        {
            for (int i = 0; i < Pictures; i++)
            {
                all.Add(backend.Allocate(stride * (rows + (long)chromaRows), "a decoder's picture"));
                free.Enqueue(all[i]);
            }
        }
        byte[] samples = new byte[stride * (rows + chromaRows)];
        using PooledFrame packed = FramePool.Shared.Rent(frame.Width, frame.Height, PixelFormat.Nv12);
        FramePacking.ToNv12(frame, packed.Plane(0), packed.Plane(1));
        for (int plane = 0; plane < 2; plane++)
        {
            for (int y = 0; y < packed.Plane(plane).Height; y++)
                packed.Plane(plane).RowSpan(y).CopyTo(samples.AsSpan(stride * (y + (plane * rows))));
        }
        // None left: whoever takes pictures keeps too many, and a decoder would stop here for ever.
        DeviceBuffer picture = free.Dequeue();
        backend.Upload<byte>(samples, picture.Span<byte>());
        backend.Synchronize();
        MostOutside = Math.Max(MostOutside, ++outside);
        DeviceFrame result = frames.Receive(new DeviceSurface(picture.Address, stride, picture.Address + (nint)(stride * rows), stride, frame.Width, frame.Height),
            new Holder(this, picture));
        (result.Matrix, result.Range, result.Pts, result.Index, result.Name) = (frame.Matrix, frame.Range, frame.Pts, frame.Index, frame.Name);
        frame.Dispose();
        return result;
    }

    private sealed class Holder(DeviceSource owner, DeviceBuffer picture) : IDisposable
    {
        public void Dispose()
        {
            owner.outside--;
            if (owner.outside < 0)
                throw new InvalidOperationException("a picture was given back twice");
            owner.free.Enqueue(picture);
        }
    }
}

using System.Runtime.InteropServices;
using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// The host's side of one batch on its way through the device: a page-locked block that goes up (the slots, then the part of the frame around each face) and
/// one that comes back (the touched rectangles). Every face has a copy of its part of the frame, so faces are independent of each other. The parts of frames that are
/// on the device already are copied there, into the end of the same memory; frames that stay there are changed in place, and nothing of them is copied.
/// </summary>
internal sealed unsafe class DeviceBatch : IDisposable
{
    private const int Alignment = 256, RowAlignment = 64;

    private readonly StagingBuffer up, down;
    private readonly nint arena; // the device's copy of `up`, with parts of the device's frames at the end
    private readonly IDeviceFrames? frames;
    private readonly int slotCount;
    private readonly long canvasPixels; // of all faces together
    private readonly List<(FrameJob Job, int Face, long Packed)> faces;
    private long used, packed, low, canvas;

    /// <param name="backend">Whose memory.</param>
    /// <param name="arena">Device memory that takes the block; all batches share it, one after another.</param>
    /// <param name="packedBytes">Size of the device memory that the rectangles are packed into.</param>
    /// <param name="spec">The compositor's.</param>
    /// <param name="frames">The backend's frames, if it has any.</param>
    public DeviceBatch(IBackend backend, DeviceSpan<byte> arena, long packedBytes, in CompositorSpec spec, IDeviceFrames? frames)
    {
        (this.arena, slotCount, this.frames) = (arena.Address, spec.Slots, frames);
        canvasPixels = spec.UsesCanvas ? spec.CanvasPixels : long.MaxValue;
        faces = new List<(FrameJob, int, long)>(slotCount);
        up = backend.CreateStaging(arena.Length, "frames on their way to the device");
        try
        {
            down = backend.CreateStaging(packedBytes, "faces on their way back");
        }
        catch
        {
            up.Dispose();
            throw;
        }
        Clear();
    }

    /// <summary>Bytes of the slots at the block's start.</summary>
    public static long SlotBytes(int slots) => Align((long)slots * sizeof(CompositorSlot), Alignment);

    /// <summary>Faces in it.</summary>
    public int Count => faces.Count;

    /// <summary>Bytes that must go up.</summary>
    public long UpBytes => used;

    /// <summary>Bytes that must come back.</summary>
    public long DownBytes => packed;

    /// <summary>Widens a region to whole lines of memory, so that its copy can be read and written in words.</summary>
    public static RectI Widen(RectI region, int frameWidth)
    {
        int left = region.X / RowAlignment * RowAlignment;
        int right = (int)Math.Min(Align(region.Right, RowAlignment), frameWidth);
        return new RectI(left, region.Y, right - left, region.Height);
    }

    /// <summary>Whether all faces of a job fit in.</summary>
    public bool HasRoom(FrameJob job)
    {
        long upBytes = used, downBytes = packed, pixels = canvas;
        for (int i = 0; i < job.FaceCount; i++)
            pixels += Pixels(job.Slot(i).Canvas);
        if (faces.Count + job.FaceCount > slotCount || pixels > canvasPixels)
            return false;
        if (StaysOnDevice(job))
            return true;
        for (int i = 0; i < job.FaceCount; i++)
        {
            upBytes += RegionBytes(job.Frame!.Format, job.Region(i));
            downBytes += PackedRectangle.Bytes(job.Frame.Format, job.Slot(i).Touched);
        }
        return upBytes <= low && downBytes <= down.ByteLength;
    }

    /// <summary>Copies the parts of the frame that a job's faces need into the block, or enqueues copying them on the device.</summary>
    public void Add(FrameJob job)
    {
        DeviceFrame? onDevice = OnDevice(job);
        if (onDevice is not null)
            frames!.Join(onDevice);
        bool stays = StaysOnDevice(job);
        Span<CompositorSlot> slots = MemoryMarshal.Cast<byte, CompositorSlot>(up.Part(0, slotCount * sizeof(CompositorSlot)));
        for (int i = 0; i < job.FaceCount; i++)
        {
            ref CompositorSlot slot = ref slots[faces.Count];
            slot = job.Slot(i);
            slot.CanvasAt = canvas;
            canvas += Pixels(slot.Canvas);
            if (stays)
            {
                slot.Place(InPlace(onDevice!));
                slot.Packed = -1;
                faces.Add((job, i, -1));
                continue;
            }
            slot.Place(CopyRegion(job.Frame!, onDevice, job.Region(i)));
            slot.Packed = packed;
            faces.Add((job, i, packed));
            packed += PackedRectangle.Bytes(job.Frame!.Format, slot.Touched);
        }
        if (onDevice is null || stays)
            return;
        frames!.Used(onDevice);
        onDevice.LeaveDevice();
    }

    /// <summary>Says, once the work on the batch is enqueued, which of the device's frames it changes.</summary>
    public void Sent()
    {
        foreach ((FrameJob job, int face, long at) in faces)
        {
            if (face == 0 && at < 0)
                frames!.Changed((DeviceFrame)job.Frame!);
        }
    }

    /// <summary>Enqueues the block's way up.</summary>
    public void Upload(DeviceSpan<byte> to) => up.Upload(to.Slice(0, used));

    /// <summary>Enqueues the rectangles' way back.</summary>
    public void Download(DeviceSpan<byte> from) => down.Download(from.Slice(0, packed));

    /// <summary>Waits until the rectangles are back; from any thread.</summary>
    public void Wait() => down.Wait();

    /// <summary>Puts the rectangles into the frames, which are made writable first, and makes the batch ready for others.</summary>
    public void TakeBack()
    {
        foreach ((FrameJob job, int face, long at) in faces)
        {
            if (at < 0)
                continue;
            if (face == 0)
                job.MakeWritable();
            RectI touched = job.Slot(face).Touched;
            PackedRectangle.Unpack(down.Part(at, (int)PackedRectangle.Bytes(job.Frame!.Format, touched)), touched, job.Frame);
        }
        Clear();
    }

    public void Dispose()
    {
        up.Dispose();
        down.Dispose();
    }

    private static long Pixels(RectI rect) => (long)rect.Width * rect.Height;

    private static long Align(long bytes, long to) => (bytes + to - 1) / to * to;

    private static long RegionBytes(PixelFormat format, RectI region)
    {
        long bytes = 0;
        int planes = FrameLayout.PlaneSizes(1, 1, format).Length;
        for (int i = 0; i < planes; i++)
        {
            var part = CompositorGeometry.PlanePart(format, i, region);
            bytes += Align(Align(part.Bytes, RowAlignment) * part.Rows, Alignment);
        }
        return bytes;
    }

    private void Clear()
    {
        faces.Clear();
        (used, packed, low, canvas) = (SlotBytes(slotCount), 0, up.ByteLength / Alignment * Alignment, 0);
        up.Part(0, slotCount * sizeof(CompositorSlot)).Clear();
    }

    private DeviceFrame? OnDevice(FrameJob job) => frames is not null && job.Frame is DeviceFrame { IsOnDevice: true } frame ? frame : null;

    private bool StaysOnDevice(FrameJob job) => frames is { Stay: true } && OnDevice(job) is not null;

    private static FramePlanes InPlace(DeviceFrame frame) => new(frame.Format, frame.Width, frame.Height, frame.Matrix, frame.Range, frame.DevicePlane(0),
        frame.DeviceStride, frame.DevicePlane(1), 0, frame.DeviceStride);

    // The addresses that the whole planes would have if the copied parts lay in them.
    private FramePlanes CopyRegion(Frame frame, DeviceFrame? onDevice, RectI region)
    {
        nint* address = stackalloc nint[3];
        int* stride = stackalloc int[3];
        for (int i = 0; i < frame.PlaneCount; i++)
        {
            (int firstByte, int bytes, int firstRow, int rows) = CompositorGeometry.PlanePart(frame.Format, i, region);
            stride[i] = (int)Align(bytes, RowAlignment);
            long size = Align((long)stride[i] * rows, Alignment), at = used;
            if (onDevice is not null)
            {
                at = low = (low - size) / Alignment * Alignment;
                frames!.Copy(onDevice, i, firstByte, bytes, firstRow, rows, arena + (nint)at, stride[i]);
            }
            else
            {
                PlaneView plane = frame.Plane(i);
                for (int y = 0; y < rows; y++)
                    plane.RowSpan(firstRow + y).Slice(firstByte, bytes).CopyTo(up.Part(at + ((long)y * stride[i]), bytes));
                used += size;
            }
            address[i] = arena + (nint)at - ((nint)firstRow * stride[i]) - firstByte;
        }
        return new FramePlanes(frame.Format, frame.Width, frame.Height, frame.Matrix, frame.Range, address[0], stride[0], frame.PlaneCount > 1 ? address[1] : 0,
            frame.PlaneCount > 2 ? address[2] : 0, frame.PlaneCount > 1 ? stride[1] : 0);
    }
}

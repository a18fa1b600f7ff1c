using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// Frames in device memory. Two streams beside the backend's: decoders deliver and uploads run on one, downloads on the other, so that copies either way overlap
/// with each other and with the backend's work. What must wait for what is said by events in the blocks; the host waits only for samples that it reads.
///
/// A decoder's picture is copied out at once: a decoder has few of them (32 with those it predicts from) and stops when they are all held, while a batch of faces
/// holds hundreds of frames. The copy takes a few microseconds, belongs to the frame alone, and may be written.
/// </summary>
internal sealed unsafe class CudaFrames : IDeviceFrames
{
    private const int Alignment = 64;
    private const int DeviceAlignment = 512; // what decoders, encoders and textures like
    private const long MostBytesUnasked = 8L << 30;

    // Encoders' vector code reads past the last row.
    private const int ReadBeyond = 64;

    private readonly CudaDevice device;
    private readonly SafeCudaStreamHandle arrivals, departures;
    private readonly CudaFrameBlocks<CudaDeviceBlock> blocks;
    private readonly CudaFrameBlocks<CudaHostBlock> hosts;
    private readonly (IDisposable? Holder, SafeCudaEventHandle Copied)[] held; // pictures of a decoder, in turn
    private readonly SafeCudaEventHandle delivered;
    private readonly long mostBytes;
    private long blockBytes, uploaded, downloaded;
    private int turn;

    public CudaFrames(CudaDevice device, DeviceFramesOptions options)
    {
        this.device = device;
        Stay = options.Stay;
        mostBytes = options.MostBytes ?? Math.Min(device.Memory().Free / 2, MostBytesUnasked);
        blocks = new(TryMakeBlock, block => block.Bytes);
        hosts = new(MakeHost, block => block.Bytes);
        held = new (IDisposable?, SafeCudaEventHandle)[2];
        List<IDisposable> made = [];
        try
        {
            made.Add(arrivals = SafeCudaStreamHandle.Create(device.Context));
            made.Add(departures = SafeCudaStreamHandle.Create(device.Context));
            made.Add(delivered = SafeCudaEventHandle.Create(device.Context, timing: false));
            for (int i = 0; i < held.Length; i++)
                made.Add(held[i].Copied = SafeCudaEventHandle.Create(device.Context, timing: false, sleeps: true));
        }
        catch
        {
            foreach (IDisposable part in made)
                part.Dispose();
            throw;
        }
    }

    public string Name => device.Description;

    public nint NativeContext => device.Context.DangerousGetHandle();

    public nint NativeStream => arrivals.DangerousGetHandle();

    public bool Stay { get; set; }

    public bool Keep { get; set; } = true;

    public int SurfacesHeld => held.Length;

    public long UploadedBytes => Interlocked.Read(ref uploaded);

    public long DownloadedBytes => Interlocked.Read(ref downloaded);

    /// <summary>Bytes from row to row in page-locked memory.</summary>
    public static int HostStride(int width) => Align(width + (width & 1), Alignment);

    /// <summary>Bytes from row to row in device memory.</summary>
    public static int DeviceStride(int width) => Align(width + (width & 1), DeviceAlignment);

    public DeviceFrame Receive(in DeviceSurface surface, IDisposable holder)
    {
        CudaFrame? frame = null;
        try
        {
            device.MakeCurrent();
            frame = Rent(surface.Width, surface.Height, Keep);
            SafeCudaStreamHandle last = arrivals;
            if (frame.Block is { } block)
            {
                for (int i = 0; i < 2; i++)
                    CopyIn(surface, i, CudaMemcpy2D.Device, frame.DevicePlane(i), frame.DeviceStride, arrivals);
                Record(block.Arrived, arrivals);
                frame.Fetch(0);
                if (!Stay)
                    frame.Fetch(1);
            }
            else
            {
                last = departures;
                Record(delivered, arrivals);
                Wait(departures, delivered);
                for (int i = 0; i < 2; i++)
                {
                    PlaneView view = frame.View(i);
                    CopyIn(surface, i, CudaMemcpy2D.Host, view.Data, view.Stride, departures);
                    Record(frame.Host.Came(i), departures);
                    Interlocked.Add(ref downloaded, (long)view.Width * view.PixelStride * view.Height);
                }
                frame.Coming();
            }
            Hold(ref holder!, last);
            return frame;
        }
        catch
        {
            // Copies that were enqueued may still read the picture.
            TryWaitForAll();
            holder?.Dispose();
            frame?.Dispose();
            throw;
        }
    }

    public DeviceFrame Upload(Frame source)
    {
        CudaFrame? frame = null;
        try
        {
            device.MakeCurrent();
            frame = Rent(source.Width, source.Height, Keep);
            FramePacking.ToNv12(source, frame.View(0), frame.View(1));
            (frame.Matrix, frame.Range, frame.Pts, frame.Duration, frame.Index, frame.Name) =
                (source.Matrix, source.Range, source.Pts, source.Duration, source.Index, source.Name);
            if (frame.Block is { } block)
            {
                for (int i = 0; i < 2; i++)
                {
                    PlaneView view = frame.View(i);
                    Copy(new CudaMemcpy2D
                    {
                        SrcMemoryType = CudaMemcpy2D.Host,
                        SrcHost = view.Data,
                        SrcPitch = (nuint)view.Stride,
                        DstMemoryType = CudaMemcpy2D.Device,
                        DstDevice = frame.DevicePlane(i),
                        DstPitch = (nuint)frame.DeviceStride,
                        WidthInBytes = (nuint)(view.Width * view.PixelStride),
                        Height = (nuint)view.Height,
                    }, arrivals);
                    Interlocked.Add(ref uploaded, (long)view.Width * view.PixelStride * view.Height);
                }
                Record(block.Arrived, arrivals);
            }
            frame.Uploading();
            return frame;
        }
        catch
        {
            TryWaitForAll();
            frame?.Dispose();
            throw;
        }
        finally
        {
            source.Dispose();
        }
    }

    public void Join(DeviceFrame frame)
    {
        CudaDeviceBlock block = OnDevice(frame);
        device.MakeCurrent();
        Wait(device.Stream, block.Arrived);
        // The work may write what is still on its way to the host.
        if (block.WasSent)
            Wait(device.Stream, block.Sent);
    }

    public void Copy(DeviceFrame frame, int plane, int firstByte, int bytes, int firstRow, int rows, nint destination, int stride) => Copy(new CudaMemcpy2D
    {
        SrcMemoryType = CudaMemcpy2D.Device,
        SrcDevice = frame.DevicePlane(plane) + ((nint)firstRow * frame.DeviceStride) + firstByte,
        SrcPitch = (nuint)frame.DeviceStride,
        DstMemoryType = CudaMemcpy2D.Device,
        DstDevice = destination,
        DstPitch = (nuint)stride,
        WidthInBytes = (nuint)bytes,
        Height = (nuint)rows,
    }, device.Stream);

    public void Used(DeviceFrame frame)
    {
        CudaDeviceBlock block = OnDevice(frame);
        Record(block.Read, device.Stream);
        block.WasRead = true;
    }

    public void Changed(DeviceFrame frame)
    {
        CudaDeviceBlock block = OnDevice(frame);
        // An upload still under way reads the host's samples; after this the event means another moment.
        ((CudaFrame)frame).Changed();
        Record(block.Arrived, device.Stream);
        Used(frame);
    }

    /// <summary>Enqueues a plane's copy to the host.</summary>
    internal void Download(CudaFrame frame, int plane)
    {
        CudaDeviceBlock block = OnDevice(frame);
        PlaneView view = frame.View(plane);
        device.MakeCurrent();
        Wait(departures, block.Arrived);
        Copy(new CudaMemcpy2D
        {
            SrcMemoryType = CudaMemcpy2D.Device,
            SrcDevice = frame.DevicePlane(plane),
            SrcPitch = (nuint)frame.DeviceStride,
            DstMemoryType = CudaMemcpy2D.Host,
            DstHost = view.Data,
            DstPitch = (nuint)view.Stride,
            WidthInBytes = (nuint)(view.Width * view.PixelStride),
            Height = (nuint)view.Height,
        }, departures);
        Record(frame.Host.Came(plane), departures);
        Record(block.Sent, departures);
        block.WasSent = true;
        Interlocked.Add(ref downloaded, (long)view.Width * view.PixelStride * view.Height);
    }

    /// <summary>Has this thread wait.</summary>
    internal void Wait(SafeCudaEventHandle moment)
    {
        device.MakeCurrent();
        CudaException.ThrowIfFailed(CudaNative.cuEventSynchronize(moment), device.Description, "copying a frame");
    }

    internal void Return(CudaDeviceBlock block) => blocks.Return(block);

    internal void Return(CudaHostBlock block) => hosts.Return(block);

    public void Dispose()
    {
        TryWaitForAll();
        device.TryWait();
        for (int i = 0; i < held.Length; i++)
        {
            held[i].Holder?.Dispose();
            held[i].Copied.Dispose();
        }
        blocks.Dispose();
        hosts.Dispose();
        delivered.Dispose();
        departures.Dispose();
        arrivals.Dispose();
    }

    private static int Align(int bytes, int to) => (bytes + to - 1) / to * to;

    private static CudaDeviceBlock OnDevice(DeviceFrame frame) => ((CudaFrame)frame).Block ?? throw new InvalidOperationException("the frame is not on the device");

    private CudaFrame Rent(int width, int height, bool keep)
    {
        long rows = height + ((height + 1) / 2);
        CudaHostBlock host = hosts.TryRent((HostStride(width) * rows) + ReadBeyond)!;
        CudaDeviceBlock? block = null;
        try
        {
            if (host.IsPending)
            {
                Wait(host.Came(0));
                Wait(host.Came(1));
                host.IsPending = false;
            }
            block = keep ? blocks.TryRent(DeviceStride(width) * rows) : null;
            if (block is { WasRead: true })
                Wait(arrivals, block.Read);
            if (block is { WasSent: true })
                Wait(arrivals, block.Sent);
            if (block is not null)
                (block.WasRead, block.WasSent) = (false, false);
            return new CudaFrame(this, width, height, block, host);
        }
        catch
        {
            Return(host);
            if (block is not null)
                Return(block);
            throw;
        }
    }

    // Keeps the decoder's picture until the copies enqueued so far are made.
    private void Hold(ref IDisposable? holder, SafeCudaStreamHandle stream)
    {
        ref (IDisposable? Holder, SafeCudaEventHandle Copied) place = ref held[turn];
        turn = (turn + 1) % held.Length;
        if (place.Holder is { } before)
        {
            Wait(place.Copied);
            place.Holder = null;
            before.Dispose();
        }
        Record(place.Copied, stream);
        (place.Holder, holder) = (holder, null);
    }

    private void CopyIn(in DeviceSurface from, int plane, int toType, nint to, int stride, SafeCudaStreamHandle stream)
    {
        int bytes = plane == 0 ? from.Width : (from.Width + 1) / 2 * 2, rows = plane == 0 ? from.Height : (from.Height + 1) / 2;
        Copy(new CudaMemcpy2D
        {
            SrcMemoryType = CudaMemcpy2D.Device,
            SrcDevice = plane == 0 ? from.Luma : from.Chroma,
            SrcPitch = (nuint)(plane == 0 ? from.LumaStride : from.ChromaStride),
            DstMemoryType = toType,
            DstDevice = toType == CudaMemcpy2D.Device ? to : 0,
            DstHost = toType == CudaMemcpy2D.Host ? to : 0,
            DstPitch = (nuint)stride,
            WidthInBytes = (nuint)bytes,
            Height = (nuint)rows,
        }, stream);
    }

    private void Copy(in CudaMemcpy2D copy, SafeCudaStreamHandle stream) =>
        CudaException.ThrowIfFailed(CudaNative.cuMemcpy2DAsync_v2(copy, stream), device.Description, "copying a frame");

    private void Record(SafeCudaEventHandle moment, SafeCudaStreamHandle stream) => CudaException.ThrowIfFailed(CudaNative.cuEventRecord(moment, stream), device.Description);

    private void Wait(SafeCudaStreamHandle stream, SafeCudaEventHandle moment) =>
        CudaException.ThrowIfFailed(CudaNative.cuStreamWaitEvent(stream, moment, 0), device.Description);

    private void TryWaitForAll()
    {
        if (!device.Context.TryMakeCurrent())
            return;
        CudaNative.cuStreamSynchronize(arrivals);
        CudaNative.cuStreamSynchronize(departures);
    }

    private CudaDeviceBlock? TryMakeBlock(long bytes)
    {
        if (Interlocked.Read(ref blockBytes) + bytes > mostBytes)
            Interlocked.Add(ref blockBytes, -blocks.FreeOthers(bytes));
        if (Interlocked.Read(ref blockBytes) + bytes > mostBytes || SafeCudaDeviceMemoryHandle.TryAllocate(device.Context, bytes) is not { } memory)
            return null;
        Interlocked.Add(ref blockBytes, bytes);
        List<IDisposable> made = [memory];
        try
        {
            var events = new SafeCudaEventHandle[3];
            for (int i = 0; i < events.Length; i++)
                made.Add(events[i] = SafeCudaEventHandle.Create(device.Context, timing: false, sleeps: true));
            return new CudaDeviceBlock(memory, events[0], events[1], events[2], bytes);
        }
        catch
        {
            foreach (IDisposable part in made)
                part.Dispose();
            throw;
        }
    }

    private CudaHostBlock MakeHost(long bytes)
    {
        hosts.FreeOthers(bytes);
        List<IDisposable> made = [];
        try
        {
            SafeCudaPinnedMemoryHandle memory = SafeCudaPinnedMemoryHandle.Allocate(device.Context, bytes);
            made.Add(memory);
            var events = new SafeCudaEventHandle[2];
            for (int i = 0; i < events.Length; i++)
                made.Add(events[i] = SafeCudaEventHandle.Create(device.Context, timing: false, sleeps: true));
            return new CudaHostBlock(memory, events[0], events[1], bytes);
        }
        catch (CudaException e) when (e.Result == CudaResult.OutOfMemory)
        {
            foreach (IDisposable part in made)
                part.Dispose();
            throw new UserErrorException($"There is not enough memory for frames on their way from {Name}; choose a smaller --batch-size, or --hwaccel none.", e);
        }
        catch
        {
            foreach (IDisposable part in made)
                part.Dispose();
            throw;
        }
    }
}

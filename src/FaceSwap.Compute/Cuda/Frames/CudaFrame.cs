using FaceSwap.Core.Frames;

namespace FaceSwap.Compute.Cuda;

/// <summary>A frame of <see cref="CudaFrames"/>: a block of device memory, while it is there, and one of page-locked memory.</summary>
internal sealed class CudaFrame : DeviceFrame
{
    private readonly CudaFrames owner;
    private CudaHostBlock? host;

    // Whether a plane's samples are on the host, and as they are on the device.
    private HostPart luma, chroma;
    private bool uploading; // the device may still be reading the host's samples

    public CudaFrame(CudaFrames owner, int width, int height, CudaDeviceBlock? block, CudaHostBlock host)
    {
        (this.owner, Width, Height, Block, this.host) = (owner, width, height, block, host);
        HostStride = CudaFrames.HostStride(width);
        DeviceStride = CudaFrames.DeviceStride(width);
    }

    private enum HostPart
    {
        Absent,
        UnderWay,
        There,
    }

    public override int Width { get; }

    public override int Height { get; }

    public override int DeviceStride { get; }

    public override bool IsOnDevice => Block is not null;

    internal CudaDeviceBlock? Block { get; private set; }

    internal CudaHostBlock Host => host ?? throw new ObjectDisposedException(nameof(CudaFrame));

    internal int HostStride { get; }

    public override nint DevicePlane(int index) => Block is { } block
        ? block.Address + (index == 0 ? 0 : (nint)DeviceStride * Height)
        : throw new InvalidOperationException("the frame is not on the device");

    public override PlaneView Plane(int index)
    {
        Fetch(index);
        ref HostPart part = ref Part(index);
        if (part == HostPart.UnderWay)
        {
            owner.Wait(Host.Came(index));
            part = HostPart.There;
        }
        return View(index);
    }

    public override Frame AsWritable()
    {
        for (int i = 0; i < 2; i++)
            Plane(i);
        FinishUpload();
        LeaveDevice();
        return this;
    }

    public override void WaitForDevice()
    {
        if (Block is { } block)
            owner.Wait(block.Arrived);
    }

    public override void LeaveDevice()
    {
        if (Block is not { } block)
            return;
        FinishUpload();
        for (int i = 0; i < 2; i++)
            Fetch(i);
        Block = null;
        owner.Return(block);
    }

    /// <summary>Begins a plane's way to the host, unless it is there or coming.</summary>
    internal void Fetch(int plane)
    {
        ref HostPart part = ref Part(plane);
        if (part != HostPart.Absent)
            return;
        owner.Download(this, plane);
        part = HostPart.UnderWay;
    }

    /// <summary>Says that copies of both planes to the host are enqueued.</summary>
    internal void Coming() => (luma, chroma) = (HostPart.UnderWay, HostPart.UnderWay);

    /// <summary>Says that the host has the samples, which are on their way to the device.</summary>
    internal void Uploading() => (luma, chroma, uploading) = (HostPart.There, HostPart.There, Block is not null);

    /// <summary>Says that the device's samples have changed.</summary>
    internal void Changed()
    {
        FinishUpload();
        (luma, chroma) = (HostPart.Absent, HostPart.Absent);
    }

    /// <summary>The place of a plane in page-locked memory.</summary>
    internal PlaneView View(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, 1u, nameof(index));
        return index == 0
            ? new PlaneView(Host.Address, HostStride, Width, Height, 1)
            : new PlaneView(Host.Address + ((nint)HostStride * Height), HostStride, (Width + 1) / 2, (Height + 1) / 2, 2);
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing || host is not { } last)
            return;
        FinishUpload();
        if (Block is { } block)
            owner.Return(block);
        Block = null;
        host = null;
        last.IsPending = luma == HostPart.UnderWay || chroma == HostPart.UnderWay;
        owner.Return(last);
    }

    private ref HostPart Part(int plane) => ref plane == 0 ? ref luma : ref chroma;

    private void FinishUpload()
    {
        if (!uploading)
            return;
        WaitForDevice();
        uploading = false;
    }
}

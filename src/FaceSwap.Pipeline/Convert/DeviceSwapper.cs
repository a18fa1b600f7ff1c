using System.Collections.Concurrent;
using System.Diagnostics;
using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Stages;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>
/// Faces cut, converted and blended on the device: crop → network → blend → pack is recorded once and replayed for each batch. One thread copies the parts
/// of frames that a batch needs into page-locked memory and enqueues upload, recording and download; another waits for the rectangles and puts them into the frames.
/// With several batches under way, the device works while the processor decodes, finds faces and prepares the next one. Frames without faces pass by.
///
/// All faces of a frame share a batch. A frame is left to the processor, with only the network on the device, when two of its faces'
/// rectangles meet (the later face would have to see the earlier one), when it is too large for the blocks, or when its samples have more than 8 bits, alpha or planes of RGB
/// (<see cref="PixelFormats"/>).
///
/// Frames that are on the device already are not uploaded. Their faces' parts are copied there, after which the frame leaves the device; or, where the encoder is on the
/// device too, they are changed in place.
/// </summary>
internal sealed class DeviceSwapper : IFaceSwapper
{
    private const int Batches = 3; // one being filled, one on the device, one on its way into the frames

    // A face of 512 pixels with its surroundings is 600 KiB of YUV420P; a batch of more or larger ones is sent off with fewer.
    private const long BytesAFace = 640 << 10, BytesABatch = 24 << 20, LargestFace = 32 << 20;

    // Frames of a folder may differ in size.
    private const int UnknownSide = 8192;
    private const long LargestUnknownFace = 16 << 20;

    private readonly IDeviceNetwork network;
    private readonly MaskedOptions masked;
    private readonly IFaceCompositor compositor;
    private readonly IDeviceFrames? frames;
    private readonly DeviceBuffer arena, packed;
    private readonly IRecording recording;
    private readonly List<DeviceBatch> batches = [];
    private readonly BlockingCollection<DeviceBatch> free = new(Batches);
    private readonly StageQueue<(FrameJob? Job, DeviceBatch? Batch)> underWay;
    private readonly int length;
    private long uploaded, downloaded;

    private DeviceSwapper(IBackend backend, IDeviceNetwork network, MaskedOptions masked, IFaceCompositor compositor, IDeviceFrames? frames)
    {
        (this.network, this.masked, this.compositor, this.frames) = (network, masked, compositor, frames);
        length = network.Size * network.Size * 3;
        underWay = new(4 * network.BatchSize);
        List<IDisposable> made = [];
        try
        {
            CompositorSpec spec = compositor.Spec;
            long frame = Math.Min((long)spec.MaxWidth * spec.MaxHeight * 3, spec.MaxWidth == UnknownSide ? LargestUnknownFace : LargestFace), slots = DeviceBatch.SlotBytes(spec.Slots);
            long data = Math.Max(frame, Math.Min(spec.Slots * Math.Min(frame, BytesAFace), BytesABatch));
            made.Add(arena = backend.Allocate(slots + data, "the parts of frames around faces"));
            made.Add(packed = backend.Allocate(data, "finished faces"));
            for (int i = 0; i < Batches; i++)
            {
                DeviceBatch batch = new(backend, arena.Span<byte>(), packed.ByteLength, spec, frames);
                made.Add(batch);
                batches.Add(batch);
                free.Add(batch);
            }
            DeviceSpan<CompositorSlot> slotsOnDevice = arena.Span<byte>().Slice(0, (long)spec.Slots * System.Runtime.CompilerServices.Unsafe.SizeOf<CompositorSlot>()).As<CompositorSlot>();
            recording = network.Record(() => compositor.Crop(slotsOnDevice, network.Input), () =>
            {
                compositor.Blend(slotsOnDevice, network.Output);
                compositor.Pack(slotsOnDevice, packed.Span<byte>());
            });
        }
        catch
        {
            foreach (IDisposable part in made)
                part.Dispose();
            throw;
        }
    }

    public int BatchSize => network.BatchSize;

    public long UploadedBytes => Interlocked.Read(ref uploaded);

    public long DownloadedBytes => Interlocked.Read(ref downloaded);

    /// <summary>Makes a swapper, if the backend has a compositor.</summary>
    /// <param name="backend">Where.</param>
    /// <param name="network">A network of the same backend.</param>
    /// <param name="masked">Mask, colors, side.</param>
    /// <param name="source">Size of the frames, if they have one.</param>
    /// <param name="frames">The backend's frames, if the source delivers such.</param>
    /// <returns>Null when the backend leaves cutting and blending to the processor, or the options need what no compositor has.</returns>
    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    public static DeviceSwapper? TryCreate(IBackend backend, IDeviceNetwork network, MaskedOptions masked, FrameSourceInfo source, IDeviceFrames? frames = null)
    {
        if (!masked.SuitsCompositor)
            return null;
        CompositorSpec spec = CompositedFace.Spec(masked, network.BatchSize, network.InputType, source.Width > 0 ? source.Width : UnknownSide,
            source.Height > 0 ? source.Height : UnknownSide);
        if (backend.CreateCompositor(spec) is not { } compositor)
            return null;
        try
        {
            return new DeviceSwapper(backend, network, masked, compositor, frames);
        }
        catch
        {
            compositor.Dispose();
            throw;
        }
    }

    public string Preparation => "prepare";

    public Action<FrameJob> CreatePreparation(StageClock clock) => job =>
    {
        long start = Stopwatch.GetTimestamp();
        Prepare(job);
        clock.Add("prepare", start);
    };

    public void Start(StageGroup stages, SwapLane lane)
    {
        foreach (string stage in new[] { "stage", "enqueue", "network" })
            lane.Clock.Declare(stage, 1, stage == "stage" ? lane.Queue : null);
        foreach (string stage in new[] { "wait for the device", "take back", "blend" })
            lane.Clock.Declare(stage, 1, stage == "take back" ? underWay : null);
        stages.Start("convert: device", () => Send(lane, stages.Token));
        stages.Start("convert: take back", () => TakeBack(lane, stages.Token));
    }

    public void Dispose()
    {
        foreach (DeviceBatch batch in batches)
            batch.Dispose();
        recording.Dispose();
        packed.Dispose();
        arena.Dispose();
        compositor.Dispose();
        free.Dispose();
        underWay.Dispose();
    }

    private void Prepare(FrameJob job)
    {
        Frame frame = job.Frame!;
        CompositorSpec spec = compositor.Spec;
        job.OnHost = !frame.Format.SuitsDevices || frame.Width > spec.MaxWidth || frame.Height > spec.MaxHeight || job.FaceCount > spec.Slots;
        if (job.OnHost)
            return;
        FramePlanes planes = new(frame.Format, frame.Width, frame.Height, frame.Matrix, frame.Range, 0, 0);
        job.ReserveSlots();
        for (int i = 0; i < job.FaceCount; i++)
        {
            Affine map = FaceAlignment.IntoSquare(FaceAlignment.Align(job.Landmarks(i)), masked.Side, masked.Padding);
            ref CompositorSlot slot = ref job.Slot(i);
            slot = CompositorSlot.Create(spec, planes, map, job.Landmarks(i));
            RectI crop = CompositorGeometry.CropRegion(map, spec.Side, frame.Width, frame.Height);
            job.Region(i) = DeviceBatch.Widen(CompositorGeometry.Union(crop, slot.Canvas), frame.Width);
            for (int j = 0; j < i; j++)
                job.OnHost |= !slot.Touched.Intersect(job.Slot(j).Touched).IsEmpty;
        }
    }

    private void Send(SwapLane lane, CancellationToken stop)
    {
        MaskedConverter? converter = null;
        Queue<FrameJob> pending = new();
        long pendingBytes = 0;
        DeviceBatch batch = free.Take(stop);

        void Flush()
        {
            if (batch.Count > 0)
            {
                long start = Stopwatch.GetTimestamp();
                batch.Upload(arena.Span<byte>());
                recording.Run();
                batch.Sent();
                batch.Download(packed.Span<byte>());
                Interlocked.Add(ref uploaded, batch.UpBytes);
                Interlocked.Add(ref downloaded, batch.DownBytes);
                lane.Clock.Add("enqueue", start);
                underWay.Add((null, batch), stop);
                batch = free.Take(stop);
            }
            while (pending.TryDequeue(out FrameJob? whole))
                underWay.Add((whole, null), stop);
            pendingBytes = 0;
        }

        foreach (FrameJob job in lane.Analysed(Flush, stop))
        {
            // Batches must not depend on where a run began.
            if (job.BeginsSegment)
                Flush();
            if (job.FaceCount > 0 && !job.OnHost && !batch.HasRoom(job))
            {
                Flush();
                job.OnHost = !batch.HasRoom(job);
            }
            long start = Stopwatch.GetTimestamp();
            if (job.OnHost)
            {
                RunOnHost(job, converter ??= new MaskedConverter(masked));
                lane.Clock.Add("network", start);
            }
            else if (job.FaceCount > 0)
            {
                batch.Add(job);
                lane.Clock.Add("stage", start);
            }
            else if (frames is { Stay: false })
            {
                // Nothing on the device will ask for it.
                (job.Frame as DeviceFrame)?.LeaveDevice();
            }
            pending.Enqueue(job);
            pendingBytes += job.Charge;
            if (batch.Count == 0 || batch.Count == network.BatchSize || pending.Count >= 2 * network.BatchSize || pendingBytes >= lane.PendingBytes)
                Flush();
        }
        Flush();
        underWay.CompleteAdding();
    }

    // Crops on the processor; the network's run is in order with the batches under way, which use the same memory on the device.
    private void RunOnHost(FrameJob job, MaskedConverter converter)
    {
        job.ReserveImages(length);
        for (int i = 0; i < job.FaceCount; i++)
            converter.Crop(job.Frame!, job.Landmarks(i), job.Input(i));
        for (int i = 0; i < job.FaceCount; i += network.BatchSize)
        {
            int count = Math.Min(network.BatchSize, job.FaceCount - i);
            network.Run(job.Input(i, count), job.Output(i, count));
        }
    }

    private void TakeBack(SwapLane lane, CancellationToken stop)
    {
        MaskedConverter? converter = null;
        foreach ((FrameJob? job, DeviceBatch? batch) in underWay.Items(stop))
        {
            long start = Stopwatch.GetTimestamp();
            if (batch is not null)
            {
                batch.Wait();
                lane.Clock.Add("wait for the device", start);
                start = Stopwatch.GetTimestamp();
                batch.TakeBack();
                lane.Clock.Add("take back", start);
                free.Add(batch, stop);
                continue;
            }
            if (job!.OnHost)
            {
                job.Paste(converter ??= new MaskedConverter(masked));
                lane.Clock.Add("blend", start);
            }
            lane.Finish(job, stop);
        }
        lane.Complete();
    }
}

using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Track;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a conversion of any number of inputs shares: the network, the swapper around it, the pipeline.</summary>
internal sealed class ConvertRun : IDisposable
{
    // A device takes batches of many faces, and several at once; on the processor more would only wait.
    private const long LeastProcessorFrameBytes = 44 << 20, MostProcessorFrameBytes = 160 << 20, DeviceFrameBytes = 768 << 20;

    // Two stretches and a batch of the processor.
    private const int ProcessorFrames = 24;

    private readonly SwapNetwork network;
    private readonly IFaceSwapper swapper;
    private readonly IDeviceFrames? frames;

    /// <summary>Loads what is needed.</summary>
    /// <param name="options">What holds for all inputs.</param>
    /// <param name="backend">Where the network runs.</param>
    /// <param name="frames">The backend's frames, if sources deliver such; disposed by the caller, after this.</param>
    /// <param name="items">The inputs; disposed by the caller.</param>
    /// <param name="size">The frames' size, if all have one.</param>
    /// <param name="warn">Takes sentences about what could not be done.</param>
    /// <param name="note">Takes what was chosen.</param>
    /// <param name="onClipEnd">Told when an input is over.</param>
    /// <exception cref="UserErrorException">The model or a detector's weights cannot be used.</exception>
    public ConvertRun(ConvertOptions options, IBackend backend, IDeviceFrames? frames, IReadOnlyList<ConvertItem> items, FrameSourceInfo size, Action<string>? warn,
        Action<string>? note, Action<Clip>? onClipEnd = null)
    {
        bool onDevice;
        this.frames = frames;
        FaceDetectors detectors = new(options.Detector, options.ModelsDirectory, options.FaceDevice);
        network = SwapNetwork.Load(options, backend, warn, note);
        try
        {
            IFaceSwapper? made = options.Blend.Converter == ConverterKind.Masked
                ? DeviceSwapper.TryCreate(backend, network, options.Blend.Masked(network.Size), size, frames)
                : null;
            onDevice = made is not null;
            swapper = made ?? new HostSwapper(network, () => options.Blend.Create(network.Size));
        }
        catch
        {
            network.Dispose();
            throw;
        }
        // Nothing else on the device reads them.
        if (frames is not null)
            frames.Keep = onDevice || frames.Stay;
        foreach (ConvertItem item in items)
            item.Use(network);
        Pipeline = new ConvertPipeline(items.Where(i => !i.IsFinished).Select(i => i.Clip), swapper, new PipelineChoices
        {
            Workers = Workers(),
            LongestStretch = options.DetectEvery ?? TrackedFinder.DefaultStretch,
            Detectors = detectors,
            FrameBytes = onDevice ? DeviceFrameBytes : ProcessorBytes(size),
            OnClipEnd = onClipEnd,
        });
    }

    public ConvertPipeline Pipeline { get; }

    /// <summary>A summary with what the stages did.</summary>
    public ConvertSummary Describe(ConvertSummary summary) => summary with
    {
        BusySeconds = Pipeline.Clock.Seconds,
        Stages = Pipeline.Clock.Report(Pipeline.Frames, Pipeline.Elapsed),
        CopiedBytes = Pipeline.CopiedBytes,
        PeakFrameBytes = Pipeline.PeakFrameBytes,
        UploadedBytes = swapper.UploadedBytes + (frames?.UploadedBytes ?? 0),
        DownloadedBytes = swapper.DownloadedBytes + (frames?.DownloadedBytes ?? 0),
    };

    public void Dispose()
    {
        Pipeline.Dispose();
        swapper.Dispose();
        network.Dispose();
    }

    private static long ProcessorBytes(FrameSourceInfo size) => size is { Width: > 0, Height: > 0 }
        ? Math.Clamp(ProcessorFrames * FrameLayout.Bytes(size.Width, size.Height, PixelFormat.Yuv420P), LeastProcessorFrameBytes, MostProcessorFrameBytes)
        : MostProcessorFrameBytes;

    // The network has one thread fewer than there are processors, so that the other stages always progress beside it: with a team of
    // threads over all processors, each of its barriers would wait for whichever thread a decoder or encoder displaced.
    private static int Workers() => Math.Max(1, Environment.ProcessorCount / 2);
}

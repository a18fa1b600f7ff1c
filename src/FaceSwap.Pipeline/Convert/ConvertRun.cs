using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Track;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a conversion of any number of inputs shares: the network, the swapper around it, the pipeline.</summary>
internal sealed class ConvertRun : IDisposable
{
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
        this.frames = frames;
        FaceDetectors detectors = new(options.Detector, options.ModelsDirectory, options.FaceDevice);
        if (items.Any(static i => i.Searches))
            LandmarkModel.RequireFile();
        try
        {
            network = SwapNetwork.Open(options, backend, warn, note, Begun(items));
            network.BeginDescription();
            swapper = SwapResources.CreateSwapper(backend, network, options.Blend, size, frames);
        }
        catch
        {
            network?.Dispose();
            throw;
        }
        // Nothing else on the device reads them.
        if (frames is not null)
            frames.Keep = swapper is DeviceSwapper || frames.Stay;
        foreach (ConvertItem item in items)
            item.Use(network);
        // Files of a hundred megabytes and more, which a video without faces does not need: both are read beside each other from the first face on. Where faces are known
        // already, the network's is begun with.
        Lazy<LandmarkModel> landmarks = new(() =>
        {
            network.BeginLoading();
            return LandmarkModel.Load();
        });
        if (items.Any(static i => i.IsAligned))
            network.BeginLoading();
        Pipeline = new ConvertPipeline(items.Where(i => !i.IsFinished).Select(i => i.Clip), swapper, new PipelineChoices
        {
            Workers = SwapResources.Workers,
            LongestStretch = options.DetectEvery ?? TrackedFinder.DefaultStretch,
            LongestEmptyStretch = options.DetectEvery ?? SwapResources.EmptyStretch(TrackedFinder.DefaultStretch),
            Detectors = detectors,
            Landmarks = landmarks,
            FrameBytes = SwapResources.FrameBytes(swapper, size),
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
        Searches = Pipeline.Searches,
        PeakFrameBytes = Pipeline.PeakFrameBytes,
        UploadedBytes = swapper.UploadedBytes + (frames?.UploadedBytes ?? 0),
        DownloadedBytes = swapper.DownloadedBytes + (frames?.DownloadedBytes ?? 0),
    };

    // All inputs share one network: one that is unfinished cannot go on in another precision; one that is finished would only be made again.
    private static Precision? Begun(IReadOnlyList<ConvertItem> items) =>
        items.Select(static i => i.UnfinishedPrecision).FirstOrDefault(static p => p is not null)
        ?? items.Select(static i => i.FinishedPrecision).FirstOrDefault(static p => p is not null);

    public void Dispose()
    {
        Pipeline.Dispose();
        swapper.Dispose();
        network.Dispose();
    }
}

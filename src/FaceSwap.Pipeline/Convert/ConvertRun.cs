using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Faces;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a conversion of any number of inputs shares: the network, the swapper around it, the pipeline.</summary>
internal sealed class ConvertRun : IDisposable
{
    private readonly SwapNetwork network;
    private readonly IFaceSwapper swapper;

    /// <summary>Loads what is needed.</summary>
    /// <param name="options">What holds for all inputs.</param>
    /// <param name="backend">Where the network runs.</param>
    /// <param name="items">The inputs; disposed by the caller.</param>
    /// <param name="size">The frames' size, if all have one.</param>
    /// <param name="warn">Takes sentences about what could not be done.</param>
    /// <param name="note">Takes what was chosen.</param>
    /// <param name="onClipEnd">Told when an input is over.</param>
    /// <exception cref="UserErrorException">The model or a detector's weights cannot be used.</exception>
    public ConvertRun(ConvertOptions options, IBackend backend, IReadOnlyList<ConvertItem> items, FrameSourceInfo size, Action<string>? warn,
        Action<string>? note, Action<Clip>? onClipEnd = null)
    {
        FaceDetectors detectors = new(options.Detector, options.ModelsDirectory, options.FaceDevice);
        network = SwapNetwork.Load(options, backend, warn, note);
        try
        {
            IFaceSwapper? onDevice = options.Blend.Converter == ConverterKind.Masked
                ? DeviceSwapper.TryCreate(backend, network, options.Blend.Masked(network.Size), size)
                : null;
            swapper = onDevice ?? new HostSwapper(network, () => options.Blend.Create(network.Size));
        }
        catch
        {
            network.Dispose();
            throw;
        }
        foreach (ConvertItem item in items)
            item.Use(network);
        Pipeline = new ConvertPipeline(items.Select(i => i.Clip), swapper, new PipelineChoices
        {
            Workers = Workers(),
            Detectors = detectors,
            OnClipEnd = onClipEnd,
        });
    }

    public ConvertPipeline Pipeline { get; }

    /// <summary>A summary with what the stages did.</summary>
    public ConvertSummary Describe(ConvertSummary summary) => summary with
    {
        BusySeconds = Pipeline.Clock.Seconds,
        UploadedBytes = swapper.UploadedBytes,
        DownloadedBytes = swapper.DownloadedBytes,
    };

    public void Dispose()
    {
        Pipeline.Dispose();
        swapper.Dispose();
        network.Dispose();
    }

    // The network has one thread fewer than there are processors, so that the other stages always progress beside it: with a team of
    // threads over all processors, each of its barriers would wait for whichever thread a decoder or encoder displaced.
    private static int Workers() => Math.Max(1, Environment.ProcessorCount / 2);
}

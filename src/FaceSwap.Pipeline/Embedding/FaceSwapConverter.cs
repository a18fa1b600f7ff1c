using System.Runtime.CompilerServices;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Pipeline.Video;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Embedding;

/// <summary>
/// Swaps faces in frames of your own: frames in, frames out, in order, through the same bounded pipeline as <see cref="ConvertWorkflow"/>. The model is loaded once and
/// serves one stream after another. It holds threads only while a stream is converted. What it makes is altered material: mark it as such wherever it is stored
/// (<see cref="Mark"/> has the entries for a container's metadata).
/// </summary>
public sealed class FaceSwapConverter : IDisposable
{
    private static readonly TimeSpan PumpEnd = TimeSpan.FromSeconds(2);

    private readonly FaceSwapConverterOptions options;
    private readonly IBackend backend;
    private readonly SwapNetwork network;
    private readonly FaceDetectors detectors;
    private int busy;
    private bool disposed;

    private FaceSwapConverter(FaceSwapConverterOptions options, IBackend backend, SwapNetwork network, FaceDetectors detectors) =>
        (this.options, this.backend, this.network, this.detectors) = (options, backend, network, detectors);

    /// <summary>The model's name.</summary>
    public string Model => network.ModelName;

    /// <summary>Side of the network's input and output in pixels.</summary>
    public int FaceSize => network.Size;

    /// <summary>Metadata that marks a file as altered: <c>comment</c> and keys for programs.</summary>
    public IReadOnlyDictionary<string, string> Mark => Provenance.Metadata(network.ModelName, options.SwapModel ? "B to A" : "A to B");

    /// <summary>Loads a trained model.</summary>
    /// <param name="options">What to put in, and how.</param>
    /// <param name="backend">Where the network runs; stays the caller's, used by this converter alone until it is disposed.</param>
    /// <param name="warn">Takes sentences about what could not be done.</param>
    /// <exception cref="UserErrorException">The model or a detector's weights cannot be used, or an option is out of range.</exception>
    public static FaceSwapConverter Load(FaceSwapConverterOptions options, IBackend backend, Action<string>? warn = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DetectEvery, 1, nameof(options));
        options.Blend.Create(MaskedOptions.LeastSide);
        FaceDetectors detectors = new(options.Detector, options.ModelsDirectory);
        SwapNetwork network = SwapNetwork.Open(new ConvertOptions
        {
            Input = "",
            Output = "",
            ModelDirectory = options.ModelDirectory,
            Trainer = options.Trainer,
            SwapModel = options.SwapModel,
            Precision = options.Precision,
            BatchSize = options.BatchSize,
        }, backend, warn);
        // A live stream should not have to wait for them when its first face comes.
        try
        {
            network.Load();
        }
        catch
        {
            network.Dispose();
            throw;
        }
        return new FaceSwapConverter(options, backend, network, detectors);
    }

    /// <summary>Converts a stream. Frames are asked for as the pipeline has room; leaving the loop, or cancelling, stops it and frees what is under way.</summary>
    /// <param name="frames">Frames of one size in presentation order, any <see cref="PixelFormat"/>; owned by the converter once given. Their <see cref="Frame.Index"/> is set.</param>
    /// <param name="stream">What they have in common.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>As many frames, in their order, with their names and times.</returns>
    /// <exception cref="InvalidOperationException">This converter is converting another stream.</exception>
    /// <exception cref="ArgumentException">A frame is not of the stream's size.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<SwappedFrame> ConvertAsync(IAsyncEnumerable<Frame> frames, FrameStream stream,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (stream.FrameRate is not { Numerator: > 0, Denominator: > 0 })
            throw new ArgumentException($"a frame rate of {stream.FrameRate} is none", nameof(stream));
        if (Interlocked.Exchange(ref busy, 1) == 1)
            throw new InvalidOperationException("this converter is converting another stream; finish that first, or load another converter");
        try
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using ChannelSource source = new(stream);
            using ChannelSink sink = new(stop.Token);
            Task pump = source.PumpAsync(frames, stop.Token);
            Task run = Task.Factory.StartNew(() => Run(source, sink, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            try
            {
                await foreach (SwappedFrame frame in sink.Frames.ReadAllAsync(cancellation).ConfigureAwait(false))
                    yield return frame;
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await run.ConfigureAwait(false);
                // A source that is blocked in a read and cannot be told to stop must not block whoever left the loop.
                await Task.WhenAny(pump, Task.Delay(PumpEnd, CancellationToken.None)).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref busy, 0);
        }
    }

    /// <summary>Converts what a source gives, such as a <c>VideoReader</c>, which stays the caller's.</summary>
    /// <param name="source">Frames of one size.</param>
    /// <param name="cancellation">Stops.</param>
    public IAsyncEnumerable<SwappedFrame> ConvertAsync(IFrameSource source, CancellationToken cancellation = default)
    {
        FrameSourceInfo info = source.Info;
        Rational rate = info.FrameRate is { Numerator: > 0, Denominator: > 0 } known ? known : FrameRates.OfImages;
        return ConvertAsync(ReadAsync(source, cancellation), new FrameStream(info.Width, info.Height, rate) { TimeBase = info.IsVideo ? info.TimeBase : null }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (disposed)
            return;
        if (Volatile.Read(ref busy) == 1)
            throw new InvalidOperationException("this converter is still converting a stream; leave that loop first");
        disposed = true;
        network.Dispose();
    }

    // On a thread of its own: reading may decode.
    private static async IAsyncEnumerable<Frame> ReadAsync(IFrameSource source, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await Task.Run(() => source.Read(cancellation), cancellation).ConfigureAwait(false) is { } frame)
            yield return frame;
    }

    private void Run(ChannelSource source, ChannelSink sink, CancellationToken stop)
    {
        try
        {
            using IFaceSwapper swapper = SwapResources.CreateSwapper(backend, network, options.Blend, source.Info);
            using ConvertPipeline pipeline = new(source, sink, swapper, alignments: null, new PipelineChoices
            {
                Workers = SwapResources.Workers,
                LongestStretch = options.DetectEvery,
                Detectors = detectors,
                FrameBytes = SwapResources.FrameBytes(swapper, source.Info),
                Patience = options.Patience == Timeout.InfiniteTimeSpan ? null : options.Patience,
            }, new ConvertChoices
            {
                Stretch = options.DetectEvery,
                Steady = new SteadyFaces(options.SteadyStrength, options.Steady),
                ByBoxes = options.Blend.Converter == ConverterKind.Adjust,
                OnFrame = sink.Announce,
            });
            pipeline.Run(static _ => { }, stop);
            sink.Complete();
        }
        catch (Exception e)
        {
            sink.Fail(e);
        }
    }
}

using FaceSwap.Compute;
using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a conversion takes of the machine: who swaps, how many threads find faces, how many frames are under way.</summary>
internal static class SwapResources
{
    // A device takes batches of many faces, and several at once; on the processor more would only wait.
    private const long LeastProcessorFrameBytes = 44 << 20, MostProcessorFrameBytes = 160 << 20, DeviceFrameBytes = 768 << 20;

    // Two stretches and a batch of the processor.
    private const int ProcessorFrames = 24;

    /// <summary>Threads that find faces. The network has one thread fewer than there are processors, so that the other stages always progress beside it: with a team of
    /// threads over all processors, each of its barriers would wait for whichever thread a decoder or encoder displaced.</summary>
    public static int Workers => Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Frames from one search to the next where no face is in sight. On few cores searches take their time from the encoder; on more they do not matter, and
    /// threads need not wait for each other's.</summary>
    /// <param name="stretch">Frames otherwise.</param>
    public static int EmptyStretch(int stretch) => Workers == 1 && stretch > 1 ? 2 * stretch : stretch;

    /// <summary>A swapper on the backend's device where its compositor has what is wanted, otherwise on the processor.</summary>
    /// <param name="backend">Where the network runs.</param>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="blend">How faces are put back.</param>
    /// <param name="size">The frames' size, if all have one.</param>
    /// <param name="frames">The backend's frames, if sources deliver such.</param>
    public static IFaceSwapper CreateSwapper(IBackend backend, SwapNetwork network, BlendOptions blend, FrameSourceInfo size, IDeviceFrames? frames = null)
    {
        DeviceSwapper? onDevice = blend.Converter == ConverterKind.Masked
            ? DeviceSwapper.TryCreate(backend, network, blend.Masked(network.Size), size, frames)
            : null;
        return onDevice is not null ? onDevice : new HostSwapper(network, () => blend.Create(network.Size));
    }

    /// <summary>Memory of all frames between decoder and encoder, in bytes.</summary>
    public static long FrameBytes(IFaceSwapper swapper, FrameSourceInfo size)
    {
        if (swapper is DeviceSwapper)
            return DeviceFrameBytes;
        return size is { Width: > 0, Height: > 0 }
            ? Math.Clamp(ProcessorFrames * FrameLayout.Bytes(size.Width, size.Height, PixelFormat.Yuv420P), LeastProcessorFrameBytes, MostProcessorFrameBytes)
            : MostProcessorFrameBytes;
    }
}

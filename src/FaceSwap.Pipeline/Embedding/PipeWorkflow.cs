using FaceSwap.Core;
using FaceSwap.Media;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Embedding;

/// <summary>Converts a yuv4mpeg stream into another as it comes: a filter between other programs.</summary>
public sealed class PipeWorkflow(FaceSwapConverter converter)
{
    // A large block spares system calls, and whatever part of it has come is used at once.
    private const int Block = 1 << 20;

    // The stream's own word that it was altered; containers are marked by whoever writes them.
    private const string Altered = "XALTERED";

    /// <summary>Runs to the end of the input.</summary>
    /// <param name="input">A yuv4mpeg stream; owned.</param>
    /// <param name="output">Takes the other; owned.</param>
    /// <param name="progress">Told of frames done.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Frames, and faces replaced in them.</returns>
    /// <exception cref="UserErrorException">The input is no such stream, ends within a frame, or nobody reads the output any more.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<(long Frames, long Faces)> RunAsync(Stream input, Stream output, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        using Y4mReader source = new(new BufferedStream(input, Block));
        Y4mHeader header = source.Header;
        if (!header.OtherTags.Contains(Altered))
            header = header with { OtherTags = [.. header.OtherTags, Altered] };
        using Y4mWriter sink = new(new BufferedStream(output, Block), header);
        ProgressMeter meter = new(progress, "pipe", "frames", 0);
        long frames = 0, faces = 0;
        string Detail() => $"{faces} faces";
        await foreach (SwappedFrame swapped in converter.ConvertAsync(source, cancellation).ConfigureAwait(false))
        {
            sink.Write(swapped.Frame, source.TakeFrameTags());
            frames++;
            faces += swapped.Faces.Count;
            meter.Report(frames, Detail);
        }
        sink.Complete();
        meter.Report(frames, Detail, final: true);
        return (frames, faces);
    }
}

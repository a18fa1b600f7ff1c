namespace FaceSwap.Pipeline.Convert;

/// <summary>The first stage: opens one clip after another, when the one before has no more frames, and reads them.</summary>
internal sealed class ClipDecoder(IEnumerable<Clip> clips, PipelineQueues queues)
{
    /// <summary>Reads all clips to their ends.</summary>
    public void Run(CancellationToken stop)
    {
        foreach (Clip clip in clips)
        {
            if (clip.TryOpen(stop))
                new ClipReading(clip, queues, stop).Run();
            else
                queues.End(clip);
        }
        queues.Waiting.CompleteAdding();
        queues.Ordered.CompleteAdding();
    }
}

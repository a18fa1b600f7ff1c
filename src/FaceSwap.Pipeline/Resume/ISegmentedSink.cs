using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Resume;

/// <summary>A sink that keeps what was written when the program dies: frames come in segments, and a finished segment stays.</summary>
internal interface ISegmentedSink : IFrameSink
{
    /// <summary>Ends the segment before, if there was one, and begins one with the next frame. Finishing the one before (bringing it to the disk, writing the journal)
    /// may go on beside the new one's frames; its failure shows at a later call.</summary>
    void Begin(SegmentStart start);
}

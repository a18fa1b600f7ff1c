using FaceSwap.Compute;
using FaceSwap.Core.Frames;

namespace FaceSwap.Models;

/// <summary>What one thread needs to look at a frame with a plan that others may be using too: a painter, somewhere to paint, and the scores.</summary>
/// <param name="painter">Lays frames out.</param>
/// <param name="staging">Where to paint; null: right into the plan's input.</param>
/// <param name="address">Address of either, zero between the levels.</param>
/// <param name="scores">How many scores there are.</param>
internal sealed unsafe class MmodInput(PyramidPainter painter, StagingBuffer? staging, nint address, int scores) : IDisposable
{
    /// <summary>Where the frame is painted, if not into the plan's input.</summary>
    public StagingBuffer? Staging => staging;

    /// <summary>(ScoreHeight, ScoreWidth) of the plan.</summary>
    public float[] Scores { get; } = new float[scores];

    /// <summary>Lays out a frame of the plan's size.</summary>
    public void Paint(Frame frame) => painter.Paint(frame, (float*)address);

    public void Dispose() => staging?.Dispose();
}

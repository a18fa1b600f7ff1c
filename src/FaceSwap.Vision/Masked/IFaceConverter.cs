using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;

namespace FaceSwap.Vision;

/// <summary>Cuts the network's input out of a frame and puts its output back. An instance is for one thread.</summary>
public interface IFaceConverter
{
    /// <summary>Numbers in a network input or output: side · side · 3.</summary>
    int FaceLength { get; }

    /// <summary>Cuts the network's input out of a frame.</summary>
    /// <param name="frame">Any format; only read.</param>
    /// <param name="landmarks">68 points in frame pixels.</param>
    /// <param name="rect">The detector's box in frame pixels.</param>
    /// <param name="input">(side, side, 3), B, G, R in 0..1; overwritten.</param>
    void Crop(Frame frame, ReadOnlySpan<Point2> landmarks, RectI rect, Span<float> input);

    /// <summary>Puts the network's output into the frame.</summary>
    /// <param name="writable">A frame whose samples nobody else holds (<see cref="Frame.AsWritable"/>).</param>
    /// <param name="landmarks">68 points in frame pixels, those that the input was cut with.</param>
    /// <param name="rect">The detector's box that the input was cut with.</param>
    /// <param name="output">(side, side, 3), B, G, R in 0..1.</param>
    /// <returns>The rectangle that holds all changed pixels; empty when nothing changed.</returns>
    RectI Paste(Frame writable, ReadOnlySpan<Point2> landmarks, RectI rect, ReadOnlySpan<float> output);
}

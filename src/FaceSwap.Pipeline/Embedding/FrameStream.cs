using FaceSwap.Core.Frames;

namespace FaceSwap.Pipeline.Embedding;

/// <summary>What a stream of frames has in common.</summary>
/// <param name="Width">Width of every frame in pixels.</param>
/// <param name="Height">Height of every frame in pixels.</param>
/// <param name="FrameRate">Frames a second, by which faces are held still where frames carry no times.</param>
public sealed record FrameStream(int Width, int Height, Rational FrameRate)
{
    /// <summary>The unit of <see cref="Frame.Pts"/>; null: frames carry no times, and each gets its number in units of 1 / <see cref="FrameRate"/>.</summary>
    public Rational? TimeBase { get; init; }
}

/// <summary>A face that was replaced.</summary>
/// <param name="Identity">A number that stays with a person's face from frame to frame, from 1; a face that was away for long, or comes back after a cut, gets a new one.</param>
/// <param name="Landmarks">68 points in frame pixels, where they were put.</param>
public readonly record struct SwappedFace(long Identity, IReadOnlyList<FaceSwap.Core.Geometry.Point2> Landmarks);

/// <summary>A frame that came through a <see cref="FaceSwapConverter"/>.</summary>
/// <param name="Frame">The frame, owned by the receiver: the one that was given where there was no face, otherwise perhaps a copy.</param>
/// <param name="Faces">The faces replaced in it; empty when it is unchanged.</param>
public readonly record struct SwappedFrame(Frame Frame, IReadOnlyList<SwappedFace> Faces);

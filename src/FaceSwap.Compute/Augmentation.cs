using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Compute;

/// <summary>The random numbers of one training sample: which face, the affine, and the noise of the 5×5 warp grid.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct AugmentDraw
{
    /// <summary>Index of the face.</summary>
    public int Face;

    /// <summary>1 to mirror left and right, otherwise 0.</summary>
    public int Mirror;

    /// <summary>Degrees, counter-clockwise as OpenCV's getRotationMatrix2D.</summary>
    public float Rotation;

    /// <summary>Scale about the centre.</summary>
    public float Scale;

    /// <summary>Shift to the right in pixels of the face image.</summary>
    public float ShiftX;

    /// <summary>Shift downwards in pixels of the face image.</summary>
    public float ShiftY;

    /// <summary>Noise of the grid's x coordinates, row-major (row = y), pixels.</summary>
    public Grid NoiseX;

    /// <summary>Noise of the grid's y coordinates, row-major, pixels.</summary>
    public Grid NoiseY;

    /// <summary>5×5 numbers.</summary>
    [InlineArray(25)]
    public struct Grid
    {
        private float first;
    }
}

/// <summary>
/// How training samples are made from aligned faces: random affine with replicated border, mirror, then a random 5×5 warp for the
/// network's input and the least-squares similarity of the same grid for its target.
/// </summary>
/// <param name="Batch">Samples a step.</param>
/// <param name="FaceCount">Faces in the set.</param>
/// <param name="FaceSize">Side of the aligned faces, 256.</param>
/// <param name="OutputSize">Side of input and target: 64·z.</param>
/// <param name="Coverage">Side of the square that the warp grid spans, 160.</param>
/// <param name="WarpSigma">Standard deviation of the grid's noise in pixels, 5.</param>
/// <param name="Rotation">Largest rotation in degrees, 10.</param>
/// <param name="ScaleRange">Largest change of scale, 0.05.</param>
/// <param name="ShiftRange">Largest shift as a part of the face's side, 0.05.</param>
/// <param name="MirrorProbability">Probability of mirroring, 0.4.</param>
/// <param name="Seed">Key of the random stream.</param>
/// <param name="Side">0 for identity A, 1 for B: the two draw from different streams.</param>
/// <param name="InputType">Element type of the warped input; the target is fp32.</param>
public readonly record struct AugmentSpec(int Batch, int FaceCount, int FaceSize, int OutputSize, float Coverage, float WarpSigma,
    float Rotation, float ScaleRange, float ShiftRange, float MirrorProbability, ulong Seed, int Side, ElementType InputType);

/// <summary>Makes training samples on the device.</summary>
public interface IAugment : IDisposable
{
    /// <summary>
    /// Draws the random numbers of step <paramref name="step"/>: a function of seed, side, step and sample index alone. Over an epoch of
    /// ⌊faces/batch⌋ steps each face is drawn at most once, in an order shuffled anew for each epoch; with fewer faces than the batch, with replacement.
    /// </summary>
    /// <param name="step">The iteration, from 0; one element in device memory.</param>
    /// <param name="draws">spec.Batch elements; overwritten.</param>
    void Draw(DeviceSpan<long> step, DeviceSpan<AugmentDraw> draws);

    /// <summary>Makes input and target from given draws.</summary>
    /// <param name="faces">(F, S, S, 3) BGR bytes.</param>
    /// <param name="draws">spec.Batch elements.</param>
    /// <param name="warped">(N, s, s, 3), 0..1, spec.InputType; overwritten.</param>
    /// <param name="target">(N, s, s, 3), 0..1, fp32; overwritten.</param>
    void Gather(DeviceSpan<byte> faces, DeviceSpan<AugmentDraw> draws, DeviceSpan<byte> warped, DeviceSpan<float> target);
}

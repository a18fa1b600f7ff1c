using FaceSwap.Core;

namespace FaceSwap.Compute;

/// <summary>How faces are cut out of frames and blended back on the device: the classic Masked conversion, as FaceSwap.Vision's MaskedConverter does
/// it on the processor.</summary>
/// <param name="Slots">Faces a batch.</param>
/// <param name="Side">Side s of the network's input and output.</param>
/// <param name="Mask">Which pixels a face replaces.</param>
/// <param name="ErosionSize">Erodes the mask by an ellipse of this size; negative dilates; −255 to 255.</param>
/// <param name="BlurSize">Side of the box that blurs the mask; 0 and 1: none; up to 255.</param>
/// <param name="Color">How the new face gets the colors of the crop that it replaces.</param>
/// <param name="InputType">Element type of the network's input; its output is fp32.</param>
/// <param name="MaxWidth">Width of the largest frame.</param>
/// <param name="MaxHeight">Height of the largest frame.</param>
public readonly record struct CompositorSpec(int Slots, int Side, MaskType Mask, int ErosionSize, int BlurSize, ColorAdjust Color,
    ElementType InputType, int MaxWidth, int MaxHeight)
{
    /// <summary>Sharpens the pasted face.</summary>
    public Sharpening Sharpen { get; init; }

    /// <summary>Pixels of all slots' canvases (<see cref="CompositorSlot.Canvas"/>) together; 0 where none is needed.</summary>
    public long CanvasPixels { get; init; }

    /// <summary>Elements of the network's input and of its output: N·s·s·3.</summary>
    public long ImageCount => (long)Slots * Side * Side * 3;

    /// <summary>Whether faces' pixels depend on their neighbors in the frame, so that they are worked on in a canvas.</summary>
    public bool UsesCanvas => Sharpen != Sharpening.None;

    /// <summary>Pixels around a pixel that its result depends on.</summary>
    internal int Radius => Sharpen switch { Sharpening.Box => 1, Sharpening.Gaussian => CompositorTables.GaussRadius, _ => 0 };

    /// <summary>Whether colors are measured in the face's interior.</summary>
    internal bool MeasuresColor => Color is ColorAdjust.Reinhard or ColorAdjust.Average;

    /// <summary>Side of the box that averages the mask, at least 1.</summary>
    internal int Box => Math.Max(BlurSize, 1);

    /// <summary>Throws unless every number is in its range.</summary>
    /// <exception cref="UserErrorException">The erosion or the blur is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Another number is.</exception>
    internal CompositorSpec Checked()
    {
        Require(Slots, 1, 1024, nameof(Slots));
        Require(Side, 4, 1024, nameof(Side));
        Require(MaxWidth, 1, 32768, nameof(MaxWidth));
        Require(MaxHeight, 1, 32768, nameof(MaxHeight));
        if (BlurSize is < 0 or > 255)
            throw new UserErrorException($"The blur size must be 0 to 255 pixels, not {BlurSize}.");
        if (ErosionSize is < -255 or > 255)
            throw new UserErrorException($"The erosion size must be -255 to 255 pixels, not {ErosionSize}.");
        return this;
    }

    private static void Require(int value, int least, int largest, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, largest, name);
    }
}

/// <summary>
/// Converts a batch of faces on the device: crop → (network) → colors → mask → blend. All four calls enqueue and can be part of a recording:
/// what changes from batch to batch is in the slots, which lie in device memory. Every slot is one face in one frame or empty; slots of the
/// same frame must have <see cref="CompositorSlot.Touched"/> rectangles that do not meet, so that they are independent of each other.
///
/// A mask is kept as one run of columns per row, because the shapes are convex: scratch memory is 32 bytes for each slot and row of the largest frame, plus
/// 16·(s + 3)² bytes a slot for the new face. A face may be as large as the frame. Where dilation leaves a gap in a row (only beside a splinter of
/// less than a pixel, where the edges of hull and square nearly meet), the gap is filled.
///
/// Sharpened faces go through a canvas of 8-bit B, G, R: 8 bytes (24 for the Gaussian) for each of <see cref="CompositorSpec.CanvasPixels"/>. On YUV frames each sample under the
/// mask moves by what the color of its pixels changed.
/// </summary>
public interface IFaceCompositor : IDisposable
{
    /// <summary>What it was created for.</summary>
    CompositorSpec Spec { get; }

    /// <summary>Device memory that it holds.</summary>
    long ScratchBytes { get; }

    /// <summary>Cuts the network's input out of the frames, bilinear and black outside; images of empty slots are 0.</summary>
    /// <param name="slots">Spec.Slots elements.</param>
    /// <param name="networkInput">(N, s, s, 3), B, G, R in 0..1, Spec.InputType; overwritten.</param>
    void Crop(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> networkInput);

    /// <summary>Blends the network's output into the frames in place; only samples inside <see cref="CompositorSlot.Touched"/> are written, and only where the mask is
    /// above 0. Where colors are adjusted, they are those of the crops that the last <see cref="Crop"/> made of the same slots.</summary>
    /// <param name="slots">Spec.Slots elements.</param>
    /// <param name="networkOutput">(N, s, s, 3), B, G, R in 0..1, fp32.</param>
    void Blend(DeviceSpan<CompositorSlot> slots, DeviceSpan<float> networkOutput);

    /// <summary>Copies the touched rectangles of slots with <see cref="CompositorSlot.Packed"/> ≥ 0 one after another, for one download
    /// (<see cref="PackedRectangle"/> describes the layout).</summary>
    /// <param name="slots">Spec.Slots elements.</param>
    /// <param name="packed">Large enough for all of them.</param>
    void Pack(DeviceSpan<CompositorSlot> slots, DeviceSpan<byte> packed);
}

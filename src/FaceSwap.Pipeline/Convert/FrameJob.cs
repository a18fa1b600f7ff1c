using FaceSwap.Compute;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Convert;

/// <summary>A frame on its way through the conversion, with its faces and their network inputs and outputs. Reused, so that
/// nothing is allocated for a frame once the pipeline runs.</summary>
internal sealed class FrameJob
{
    private float[] inputs = [];
    private float[] outputs = [];
    private CompositorSlot[] slots = [];
    private RectI[] regions = [];
    private Point2[] landmarks = [];
    private RectI[] rects = [];
    private int faceLength;

    public Frame? Frame { get; set; }

    public int FaceCount { get; private set; }

    /// <summary>Set when faces and crops are there.</summary>
    public ManualResetEventSlim Analysed { get; } = new();

    /// <summary>The network's input for a face, or for several from one on: s·s·3 numbers each, BGR in 0..1.</summary>
    public Span<float> Input(int face, int count = 1) => inputs.AsSpan(face * faceLength, count * faceLength);

    /// <summary>The network's output for a face, or for several from one on.</summary>
    public Span<float> Output(int face, int count = 1) => outputs.AsSpan(face * faceLength, count * faceLength);

    /// <summary>The 68 landmarks of a face.</summary>
    public ReadOnlySpan<Point2> Landmarks(int face) => landmarks.AsSpan(face * FaceRecord.LandmarkCount, FaceRecord.LandmarkCount);

    /// <summary>The detector's box of a face.</summary>
    public RectI Rect(int face) => rects[face];

    /// <summary>A face as the compositor takes it, but for the planes' addresses.</summary>
    public ref CompositorSlot Slot(int face) => ref slots[face];

    /// <summary>The part of the frame that the device needs for a face.</summary>
    public ref RectI Region(int face) => ref regions[face];

    /// <summary>Whether the device's swapper leaves this frame to the processor.</summary>
    public bool OnHost { get; set; }

    /// <summary>Takes the faces of the frame.</summary>
    public void SetFaces(IReadOnlyList<FaceRecord> faces)
    {
        FaceCount = faces.Count;
        if (rects.Length < FaceCount)
        {
            landmarks = new Point2[FaceCount * FaceRecord.LandmarkCount];
            rects = new RectI[FaceCount];
        }
        for (int i = 0; i < FaceCount; i++)
        {
            faces[i].CopyLandmarks(landmarks.AsSpan(i * FaceRecord.LandmarkCount));
            rects[i] = faces[i].Rect;
        }
    }

    /// <summary>Makes room for inputs and outputs of <paramref name="length"/> numbers each.</summary>
    public void ReserveImages(int length)
    {
        faceLength = length;
        if (inputs.Length >= FaceCount * length)
            return;
        inputs = new float[FaceCount * length];
        outputs = new float[FaceCount * length];
    }

    /// <summary>Makes room for slots.</summary>
    public void ReserveSlots()
    {
        if (slots.Length >= FaceCount)
            return;
        slots = new CompositorSlot[FaceCount];
        regions = new RectI[FaceCount];
    }

    /// <summary>Blends the network's outputs into the frame on the processor.</summary>
    public void Paste(IFaceConverter converter)
    {
        if (FaceCount == 0)
            return;
        Frame = Frame!.AsWritable();
        for (int i = 0; i < FaceCount; i++)
            converter.Paste(Frame, Landmarks(i), rects[i], Output(i));
    }

    /// <summary>Makes the job ready for another frame.</summary>
    public void Reset()
    {
        Frame?.Dispose();
        Frame = null;
        FaceCount = 0;
        OnHost = false;
        Analysed.Reset();
    }
}

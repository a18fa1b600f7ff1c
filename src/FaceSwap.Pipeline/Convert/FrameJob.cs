using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Resume;
using FaceSwap.Pipeline.Steady;
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
    private long[] identities = [];
    private int faceLength;

    /// <summary>Bytes of what it keeps for the faces of its next frame.</summary>
    public unsafe long KeptBytes => (sizeof(float) * ((long)inputs.Length + outputs.Length)) + (sizeof(Point2) * (long)landmarks.Length)
        + ((sizeof(RectI) + sizeof(long)) * (long)rects.Length);

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

    /// <summary>The number of the followed face; 0 when faces are not followed.</summary>
    public long Identity(int face) => identities[face];

    /// <summary>A face as the compositor takes it, but for the planes' addresses.</summary>
    public ref CompositorSlot Slot(int face) => ref slots[face];

    /// <summary>The part of the frame that the device needs for a face.</summary>
    public ref RectI Region(int face) => ref regions[face];

    /// <summary>Whether the device's swapper leaves this frame to the processor.</summary>
    public bool OnHost { get; set; }

    /// <summary>Whose frame it is.</summary>
    public Clip Clip { get; set; } = null!;

    /// <summary>No frame: its clip's last one was before.</summary>
    public bool EndsClip { get; set; }

    /// <summary>Bytes of the frame as the budget counts them.</summary>
    public long Charge { get; set; }

    /// <summary>A segment begins here.</summary>
    public bool BeginsSegment { get; set; }

    /// <summary>The state before this frame, which begins a segment.</summary>
    public SegmentStart? Segment { get; set; }

    /// <summary>Time left out before the frame, in the source's time base.</summary>
    public long RemovedTime { get; set; }

    /// <summary>Frames left out since the one before.</summary>
    public long DiscardedBefore { get; set; }

    /// <summary>Bytes of samples that were copied to make the frame writable.</summary>
    public long CopiedBytes { get; private set; }

    /// <summary>What is left alone.</summary>
    public LeftAlone Left { get; set; }

    /// <summary>The frame's time in seconds, before anything was left out.</summary>
    public double Seconds { get; set; }

    /// <summary>The stretch before the frame that is left out; without an end after the last frame.</summary>
    public (long Start, long? End)? Gap { get; set; }

    /// <summary>Passes through as it is.</summary>
    public bool Unselected { get; set; }

    /// <summary>The frame's brightness on a coarse grid.</summary>
    public byte[] Sketch { get; } = new byte[FrameSketch.Length];

    /// <summary>Takes those faces of the frame that can be converted. Faces found in a rotated frame are carried back to where they are in this one: their aligned
    /// square turns with them, so nothing else has to be rotated.</summary>
    /// <param name="faces">Faces of the frame.</param>
    /// <param name="boxes">Whether faces are put back by their boxes, which cannot be turned: rotated faces are left out.</param>
    public void SetFaces(IReadOnlyList<FaceRecord> faces, bool boxes)
    {
        (int rotated, int unusable) = (0, 0);
        FaceCount = 0;
        if (rects.Length < faces.Count)
        {
            landmarks = new Point2[faces.Count * FaceRecord.LandmarkCount];
            rects = new RectI[faces.Count];
            identities = new long[faces.Count];
        }
        for (int i = 0; i < faces.Count; i++)
        {
            FaceRecord face = faces[i];
            Span<Point2> points = landmarks.AsSpan(FaceCount * FaceRecord.LandmarkCount, FaceRecord.LandmarkCount);
            face.CopyLandmarks(points);
            bool turned = face.Rotation % 360 != 0;
            if (turned && boxes)
            {
                rotated++;
                continue;
            }
            if (turned)
                new FrameRotation(Frame!.Width, Frame.Height, face.Rotation).CarryBack(points, points);
            RectI whole = new(0, 0, Frame!.Width, Frame.Height);
            if (!MeetsFrame(points, whole) || (boxes && face.Rect.Intersect(whole).IsEmpty))
            {
                unusable++;
                continue;
            }
            identities[FaceCount] = 0;
            rects[FaceCount++] = turned ? default : face.Rect;
        }
        Left = Left with { Rotated = rotated, Unusable = unusable };
    }

    /// <summary>Takes the next turn of a filter that holds faces still.</summary>
    /// <param name="steady">The filter.</param>
    public void Hold(SteadyFaces steady) => steady.Apply(Frame!.Index, Seconds, landmarks.AsSpan(0, FaceCount * FaceRecord.LandmarkCount),
        rects.AsSpan(0, FaceCount), Sketch, identities.AsSpan(0, FaceCount));

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

    /// <summary>Makes the frame one that may be written; its samples are copied only where others hold them too.</summary>
    public void MakeWritable()
    {
        nint before = Frame!.Plane(0).Data;
        Frame = Frame.AsWritable();
        if (Frame.Plane(0).Data != before)
            CopiedBytes += FrameLayout.Bytes(Frame.Width, Frame.Height, Frame.Format);
    }

    /// <summary>Blends the network's outputs into the frame on the processor.</summary>
    public void Paste(IFaceConverter converter)
    {
        if (FaceCount == 0)
            return;
        MakeWritable();
        for (int i = 0; i < FaceCount; i++)
            converter.Paste(Frame!, Landmarks(i), rects[i], Output(i));
    }

    // A file may say anything of a frame: points all in one place, or of a larger video.
    private static bool MeetsFrame(ReadOnlySpan<Point2> points, RectI frame)
    {
        try
        {
            const int side = 64;
            Affine toSquare = FaceAlignment.IntoSquare(FaceAlignment.Align(points), side, 0);
            return !FixedWarp.SquareBounds(toSquare, side).Intersect(frame).IsEmpty;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    /// <summary>Makes the job ready for another frame.</summary>
    public void Reset()
    {
        Frame?.Dispose();
        Frame = null;
        FaceCount = 0;
        (OnHost, EndsClip, BeginsSegment, Unselected) = (false, false, false, false);
        (Gap, Segment, Left, DiscardedBefore, Charge, CopiedBytes) = (null, null, default, 0, 0, 0);
        Clip = null!;
        Analysed.Reset();
    }
}

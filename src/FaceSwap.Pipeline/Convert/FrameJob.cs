using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;

namespace FaceSwap.Pipeline.Convert;

/// <summary>A frame on its way through the conversion, with its faces and their network inputs and outputs. Reused, so that
/// nothing is allocated for a frame once the pipeline runs.</summary>
internal sealed class FrameJob
{
    private float[] inputs = [];
    private float[] outputs = [];
    private Point2[] landmarks = [];
    private int faceLength;

    public Frame? Frame { get; set; }

    public int FaceCount { get; private set; }

    /// <summary>Set when faces and crops are there.</summary>
    public ManualResetEventSlim Analysed { get; } = new();

    /// <summary>The network's input for a face: s·s·3 numbers, BGR in 0..1.</summary>
    public Span<float> Input(int face) => inputs.AsSpan(face * faceLength, faceLength);

    /// <summary>The network's output for a face.</summary>
    public Span<float> Output(int face) => outputs.AsSpan(face * faceLength, faceLength);

    /// <summary>The 68 landmarks of a face.</summary>
    public ReadOnlySpan<Point2> Landmarks(int face) => landmarks.AsSpan(face * FaceRecord.LandmarkCount, FaceRecord.LandmarkCount);

    /// <summary>Takes the faces of the frame, making room for crops of <paramref name="length"/> numbers each.</summary>
    public void SetFaces(IReadOnlyList<FaceRecord> faces, int length)
    {
        FaceCount = faces.Count;
        faceLength = length;
        if (inputs.Length < FaceCount * length)
        {
            inputs = new float[FaceCount * length];
            outputs = new float[FaceCount * length];
        }
        if (landmarks.Length < FaceCount * FaceRecord.LandmarkCount)
            landmarks = new Point2[FaceCount * FaceRecord.LandmarkCount];
        for (int i = 0; i < FaceCount; i++)
            faces[i].CopyLandmarks(landmarks.AsSpan(i * FaceRecord.LandmarkCount));
    }

    /// <summary>Makes the job ready for another frame.</summary>
    public void Reset()
    {
        Frame?.Dispose();
        Frame = null;
        FaceCount = 0;
        Analysed.Reset();
    }
}

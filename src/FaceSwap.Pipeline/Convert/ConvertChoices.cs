using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Steady;

namespace FaceSwap.Pipeline.Convert;

/// <summary>What a conversion does with frames and faces before any is cut out.</summary>
internal sealed record ConvertChoices
{
    /// <summary>Finds the faces where there are no alignments; null: dlib's frontal detector.</summary>
    public FaceDetectors? Detectors { get; init; }

    /// <summary>Holds faces still; null: faces stay where they were found.</summary>
    public SteadyFaces? Steady { get; init; }

    /// <summary>Faces are put back by their boxes (Adjust) rather than by their landmarks.</summary>
    public bool ByBoxes { get; init; }
}

using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Extract;

/// <summary>What was found in one frame.</summary>
internal sealed record ExtractedFaces(FaceRecord[] Faces, IReadOnlyList<RefusedFace> Refused, int LeftOut, int Blurry)
{
    public static ExtractedFaces None { get; } = new([], [], 0, 0);
}

/// <summary>One worker of an extraction: finds the faces of a frame, chooses among them, and writes their crops. Used from one thread.</summary>
internal sealed class FaceExtractor : IDisposable
{
    private readonly ExtractOptions options;
    private readonly CropNames names;
    private readonly LeftoverImages leftovers;
    private readonly FaceFinder finder;
    private readonly IdentityFilter? filter;
    private readonly FaceEmbedder? embedder;
    private readonly Point2[] points = new Point2[FaceRecord.LandmarkCount];

    public FaceExtractor(ExtractOptions options, LandmarkModel landmarks, FaceDetectors detectors, IdentityFilter? filter, CropNames names,
        LeftoverImages leftovers)
    {
        (this.options, this.filter, this.names, this.leftovers) = (options, filter, names, leftovers);
        finder = new FaceFinder(landmarks, detectors.Create(), options.RotationAngles);
        embedder = filter?.CreateEmbedder();
    }

    /// <summary>Extracts a frame's faces. They are numbered without those that are not taken.</summary>
    public ExtractedFaces Extract(Frame frame)
    {
        FaceRecord[] found = finder.Find(frame);
        if (found.Length == 0)
            return ExtractedFaces.None;
        List<FaceRecord> taken = [];
        List<RefusedFace> refused = [];
        int leftOut = 0;
        foreach (FaceRecord face in found)
        {
            if (Math.Min(face.Rect.Width, face.Rect.Height) < options.MinSize || (options.MaxFaces > 0 && taken.Count == options.MaxFaces))
                leftOut++;
            else if (Refuses(frame, face) is { } verdict)
                refused.Add(new RefusedFace(face.Rect, verdict));
            else
                taken.Add(face);
        }
        int blurry = 0;
        for (int i = 0; i < taken.Count; i++)
            blurry += WriteCrop(frame, taken[i], i) ? 1 : 0;
        return new ExtractedFaces([.. taken], refused, leftOut, blurry);
    }

    public void Dispose()
    {
        finder.Dispose();
        embedder?.Dispose();
    }

    private IdentityVerdict? Refuses(Frame frame, FaceRecord face) =>
        filter is not null && filter.Rule.Judge(IdentityFilter.Embed(embedder!, frame, face)) is { Accepted: false } verdict ? verdict : null;

    // True when the face is blurred. A crop of an earlier run in the other folder would be a second face to whoever reads both.
    private bool WriteCrop(Frame frame, FaceRecord face, int index)
    {
        face.CopyLandmarks(points);
        int side = options.Size;
        Affine unit = options.AlignEyes ? FaceAlignment.AlignEyes(points) : FaceAlignment.Align(points);
        Affine map = FaceAlignment.IntoSquare(unit, side, side * FaceAlignment.ExtractPadding / FaceAlignment.ExtractSide);
        // A turned face is cut from the frame as it is: interpolated once, not twice as from a turned frame.
        Affine? turn = face.Rotation == 0 ? null : new FrameRotation(frame.Width, frame.Height, face.Rotation).ToTurned;
        using PooledFrame crop = FaceCrop.Extract(frame, turn?.Then(map) ?? map, side);
        bool blurred = options.BlurThreshold is { } threshold && Focus(frame, crop, unit, map, turn) < threshold;
        if (options.DebugLandmarks)
            LandmarkDots.Draw(crop, points, map);
        string name = names.Of(frame.Name, index) + ".png";
        leftovers.Own(name);
        string sharp = Path.Combine(options.OutputDirectory, name);
        if (options.BlurThreshold is null)
        {
            ImageFile.Write(sharp, crop);
            return false;
        }
        string blurry = Path.Combine(options.OutputDirectory, ExtractWorkflow.BlurryFolder, name);
        ImageFile.Write(blurred ? blurry : sharp, crop);
        File.Delete(blurred ? sharp : blurry);
        return blurred;
    }

    // The measure is defined on a crop of the standard size.
    private double Focus(Frame frame, PooledFrame crop, Affine unit, Affine map, Affine? turn)
    {
        if (options.Size == FocusMeasure.Side)
            return FocusMeasure.Of(crop, points, map);
        Affine standard = FaceAlignment.IntoSquare(unit, FaceAlignment.ExtractSide, FaceAlignment.ExtractPadding);
        using PooledFrame measured = FaceCrop.Extract(frame, turn?.Then(standard) ?? standard, FocusMeasure.Side);
        return FocusMeasure.Of(measured, points, standard);
    }
}

using FaceSwap.Core.Geometry;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Alignments.Jobs;

/// <summary>Several alignments files in one.</summary>
public sealed class AlignmentsMerge
{
    /// <summary>The usual part.</summary>
    public const double StandardOverlap = 0.5;

    private readonly SortedDictionary<string, List<FaceRecord>> frames = new(NaturalNameComparer.Instance);

    private readonly double mostOverlap;

    /// <summary>Begins with nothing.</summary>
    /// <param name="mostOverlap">Two boxes of a frame are one face when the area that they share is more than this part of the area that they cover together.</param>
    public AlignmentsMerge(double mostOverlap) => this.mostOverlap = mostOverlap;

    /// <summary>Faces left out because an earlier file has them.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Adds a file's faces behind those that are there already. Faces of one file are never each other's duplicates.</summary>
    public void Add(AlignmentsFile file)
    {
        foreach (string name in file.FrameNames)
        {
            if (!frames.TryGetValue(name, out List<FaceRecord>? faces))
                frames.Add(name, faces = []);
            int before = faces.Count;
            foreach (FaceRecord face in file.Find(name)!)
            {
                if (faces.Take(before).Any(f => Same(f, face)))
                    Duplicates++;
                else
                    faces.Add(face);
            }
        }
    }

    /// <summary>All of them, frames in the natural order of their names.</summary>
    public AlignmentsFile Result()
    {
        AlignmentsFile result = new();
        foreach ((string name, List<FaceRecord> faces) in frames)
            result.Set(name, faces);
        return result;
    }

    // Boxes of differently turned frames are in different coordinates.
    private bool Same(FaceRecord a, FaceRecord b)
    {
        if (a.Rotation != b.Rotation)
            return false;
        RectI shared = a.Rect.Intersect(b.Rect);
        double both = (double)shared.Width * shared.Height, all = ((double)a.Rect.Width * a.Rect.Height) + ((double)b.Rect.Width * b.Rect.Height) - both;
        return both > mostOverlap * all || a.Rect == b.Rect;
    }
}

using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Steady;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Track;

/// <summary>
/// Searches the first frame of a stretch wholly and follows its faces through the others: each is searched for near where it is expected, with the same detector and
/// the same landmark model. A face that is not there brings about a search of the whole frame, once; so does a cut. Faces that appear, in such a search or
/// in the next stretch's first frame, are followed back to where they came from. A detector that cannot search near a place searches every frame, and so do the frames
/// after a face that was found in a turned frame. A face is followed through scores a little below the detector's limit, so that it does not flicker; such sights
/// count between better ones alone, and so do not make a face longer than it is.
/// </summary>
/// <param name="finder">Finds faces in a frame; owned.</param>
internal sealed class TrackedFinder(FaceFinder finder) : IStretchFinder
{
    /// <summary>Frames of a stretch, unless the user says otherwise: at 25 frames a second, a new face in a video without any is found from half a second on.</summary>
    public const int DefaultStretch = 12;

    private readonly byte[][] sketches = [new byte[FrameSketch.Length], new byte[FrameSketch.Length]];
    private readonly List<FollowedFace> followed = [];
    private readonly List<(FaceRecord Face, int Frame)> appeared = [];
    private List<FaceRecord>[] sights = [];
    private bool[] cuts = [];
    private int searched; // the last frame that was searched wholly

    public long Searches => finder.Searches;

    public void Find(FrameStretch stretch, Span<IReadOnlyList<FaceRecord>> faces)
    {
        IReadOnlyList<Frame> frames = stretch.Frames;
        if (sights.Length < frames.Count)
            (sights, cuts) = ([.. Enumerable.Range(0, frames.Count).Select(static _ => new List<FaceRecord>())], new bool[frames.Count]);
        followed.Clear();
        appeared.Clear();
        foreach (List<FaceRecord> list in sights)
            list.Clear();
        Forward(stretch);
        LookAhead(stretch);
        foreach ((FaceRecord face, int from) in appeared)
            Backward(frames, face, from);
        for (int i = 0; i < frames.Count; i++)
            faces[i] = [.. sights[i].OrderByDescending(static f => f.Confidence)];
    }

    public void Dispose() => finder.Dispose();

    private void Forward(FrameStretch stretch)
    {
        IReadOnlyList<Frame> frames = stretch.Frames;
        bool everyFrame = !Begin(0, stretch.First(finder));
        FrameSketch.Fill(frames[0], sketches[0]);
        for (int i = 1; i < frames.Count; i++)
        {
            Sketch(frames, i);
            if (everyFrame || cuts[i])
                everyFrame = !Begin(i, finder.Find(frames[i]));
            else if (!Follow(frames[i], i))
                everyFrame = !Recover(frames[i], i);
        }
    }

    private void Sketch(IReadOnlyList<Frame> frames, int index)
    {
        FrameSketch.Fill(frames[index], sketches[index & 1]);
        cuts[index] = FrameSketch.IsCut(sketches[(index + 1) & 1], sketches[index & 1]);
    }

    // Takes the faces of a whole search as they are, and tells whether they can be followed.
    private bool Begin(int index, FaceRecord[] found)
    {
        searched = index;
        sights[index].AddRange(found);
        foreach (FollowedFace face in followed)
            DropWeak(face);
        followed.Clear();
        followed.AddRange(found.Select(static f => new FollowedFace(f)));
        return finder.Near is not null && found.All(static f => f.Rotation == 0);
    }

    // Finds again what was there in the frame before; false when a face has just been lost. Where faces meet, each detection goes to the face that it fits best.
    private bool Follow(Frame frame, int index)
    {
        if (followed.Count == 0)
            return true;
        using NearSearch search = new(finder, frame);
        List<(double Fit, FollowedFace Face, FaceDetection Found)> pairs = [];
        foreach (FollowedFace face in followed)
        {
            foreach (FaceDetection found in search.Candidates(face))
                pairs.Add((face.Fit(found), face, found));
        }
        HashSet<FollowedFace> missing = [.. followed];
        foreach ((_, FollowedFace face, FaceDetection found) in pairs.OrderByDescending(static p => p.Fit))
        {
            if (!missing.Contains(face) || Known(index, found.Rect))
                continue;
            FaceRecord sight = search.Place(face, found);
            if (Known(index, sight.Rect))
                continue;
            missing.Remove(face);
            face.See(index, sight);
            sights[index].Add(sight);
        }
        bool all = missing.All(static f => f.Lost);
        foreach (FollowedFace face in missing)
            face.Miss();
        return all;
    }

    // Searches the whole frame, where a face was lost, and tells whether its faces can be followed.
    private bool Recover(Frame frame, int index)
    {
        searched = index;
        foreach (FaceRecord face in finder.Find(frame))
        {
            if (face.Rotation != 0)
            {
                sights[index].Add(face);
                return false;
            }
            if (Known(index, face.Rect))
                continue;
            sights[index].Add(face);
            if (followed.Where(static f => f.Lost).MaxBy(f => f.Fit(Detection(face))) is { } lost && Close(lost.Last.Rect, face.Rect))
            {
                lost.See(index, face);
                continue;
            }
            followed.Add(new FollowedFace(face));
            appeared.Add((face, index));
        }
        foreach (FollowedFace face in followed)
        {
            if (face.Lost)
                DropWeak(face);
        }
        return true;
    }

    // The faces that the next stretch begins with tell which faces go on, and which appear. At the end of a video a whole search of the last frame tells it.
    private void LookAhead(FrameStretch stretch)
    {
        if (finder.Near is null)
            return;
        int count = stretch.Frames.Count;
        FaceRecord[] ahead = [];
        if (stretch.Next is { } next)
        {
            FrameSketch.Fill(stretch.Frames[count - 1], sketches[0]);
            FrameSketch.Fill(next.Frames[0], sketches[1]);
            ahead = FrameSketch.IsCut(sketches[0], sketches[1]) ? [] : next.First(finder);
        }
        else if (searched < count - 1)
        {
            ahead = finder.Find(stretch.Frames[--count]);
            sights[count].AddRange(ahead.Where(f => !Known(count, f.Rect)));
        }
        foreach (FollowedFace face in followed)
        {
            if (!ahead.Any(f => FollowedFace.Same(f.Rect, face.Last.Rect)))
                DropWeak(face);
        }
        appeared.AddRange(ahead.Where(f => !Known(count - 1, f.Rect)).Select(f => (f, count)));
    }

    private void DropWeak(FollowedFace face)
    {
        foreach ((int frame, FaceRecord sight) in face.Weak)
            sights[frame].Remove(sight);
        face.Weak.Clear();
    }

    // Follows a face back from the frame where it appeared, until it is not to be found, is known already, or the shot begins; the stretch's first frame has been
    // searched wholly.
    private void Backward(IReadOnlyList<Frame> frames, FaceRecord appearance, int from)
    {
        if (appearance.Rotation != 0)
        {
            Turned(frames, from);
            return;
        }
        FollowedFace face = new(appearance);
        for (int i = from - 1; i > 0 && !(i + 1 < frames.Count && cuts[i + 1]); i--)
        {
            using NearSearch search = new(finder, frames[i]);
            FaceDetection[] candidates = search.Candidates(face);
            if (candidates.Length == 0)
                break;
            FaceDetection found = candidates.MaxBy(c => face.Fit(c));
            if (Known(i, found.Rect) || search.Place(face, found) is not { } sight || Known(i, sight.Rect))
                return;
            face.See(i, sight);
            sights[i].Add(sight);
        }
        DropWeak(face);
    }

    // A face of a turned frame cannot be followed: frames before it without a face are searched wholly.
    private void Turned(IReadOnlyList<Frame> frames, int from)
    {
        for (int i = from - 1; i > 0 && sights[i].Count == 0 && !(i + 1 < frames.Count && cuts[i + 1]); i--)
        {
            FaceRecord[] found = finder.Find(frames[i]);
            if (found.Length == 0)
                return;
            sights[i].AddRange(found);
        }
    }

    private bool Known(int index, RectI box) => sights[index].Any(f => FollowedFace.Same(f.Rect, box));

    private static FaceDetection Detection(FaceRecord face) => new(face.Rect, face.Confidence);

    private static bool Close(RectI a, RectI b) => !a.Intersect(b).IsEmpty && a.Width < 2 * b.Width && b.Width < 2 * a.Width;
}

using FaceSwap.Core.Frames;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Vision;
using static FaceSwap.Pipeline.Tests.Track.ScriptedDetector;

namespace FaceSwap.Pipeline.Tests.Track;

/// <summary>When frames are searched wholly and what is followed, with detectors that say what a script tells.</summary>
[Collection("engine")]
public sealed class TrackedFinderTests(TrackLandmarks landmarks) : IClassFixture<TrackLandmarks>
{
    private static PooledFrame Still(long index) => TrackRig.Blank(index);

    // Expected left edges: of every frame in which the script has a face that the whole search takes.
    private static int[][] Everything(Func<long, IEnumerable<FaceDetection>> script, int count) =>
        [.. Enumerable.Range(0, count).Select(i => script(i).Where(static f => f.Confidence >= 0).OrderByDescending(static f => f.Confidence).Select(static f => f.Rect.X).ToArray())];

    private int[][] Run(ScriptedDetector detector, int count, int length, Func<long, PooledFrame>? picture = null) =>
        TrackRig.Lefts(TrackRig.Run(landmarks.Tracked(detector), count, length, picture ?? Still));

    [Fact]
    public void AFaceIsFollowedFromOneSearchToTheNext()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(20 + (10 * (int)i), 100)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 24), Run(detector, 24, 8));
        Assert.Equal([0, 8, 16, 23], detector.Whole); // the last frame, because no stretch follows that would tell of new faces
    }

    // 30 pixels a frame is more than windows reach from the box itself: the speed is needed.
    [Fact]
    public void AFastFaceIsExpectedFurtherOn()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(30 * (int)i, 100)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 12), Run(detector, 12, 12));
        Assert.True(detector.Windows <= 20, $"{detector.Windows} windows for 11 frames");
    }

    [Fact]
    public void AStretchOfOneFrameIsAWholeSearch()
    {
        static IEnumerable<FaceDetection> Script(long i) => i % 3 == 0 ? [] : [Face(20, 100), Face(200, 100, 2)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 5), Run(detector, 5, 1));
        Assert.Equal([0, 1, 2, 3, 4], detector.Whole);
        Assert.Equal(0, detector.Windows);
    }

    [Fact]
    public void ALostFaceIsSearchedForInTheWholeFrameOnce()
    {
        static IEnumerable<FaceDetection> Script(long i) => i < 4 ? [Face(20, 100), Face(200, 100)] : [Face(20, 100)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 20), Run(detector, 20, 10));
        Assert.Equal([0, 4, 10, 19], detector.Whole);
    }

    [Fact]
    public void AFaceThatJumpsIsFoundByTheWholeSearch()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(i < 4 ? 20 : 300, 100)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 10), Run(detector, 10, 10));
        Assert.Equal([0, 4, 9], detector.Whole);
    }

    [Fact]
    public void AFaceThatComesBackIsFoundWhereItWas()
    {
        static IEnumerable<FaceDetection> Script(long i) => i is 4 or 5 ? [] : [Face(20, 100)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 10), Run(detector, 10, 10));
        Assert.Equal([0, 4, 9], detector.Whole);
    }

    // It enters in frame 5 and moves; frame 12 is the first that is searched wholly.
    [Fact]
    public void AFaceThatEntersIsFoundByLookingBack()
    {
        static IEnumerable<FaceDetection> Script(long i) => i < 5 ? [] : [Face(400 - (12 * (int)i), 100)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 24), Run(detector, 24, 12));
        Assert.Equal([0, 12, 23], detector.Whole);
    }

    [Fact]
    public void AFaceThatEntersInTheLastStretchIsFoundToo()
    {
        static IEnumerable<FaceDetection> Script(long i) => i < 5 ? [] : [Face(20, 100)];
        Assert.Equal(Everything(Script, 9), Run(new ScriptedWindowDetector(Script), 9, 12));
    }

    // The whole search on the loss of one face finds another one, which was there before.
    [Fact]
    public void AFaceFoundOnALossIsFollowedBackAndOn()
    {
        static IEnumerable<FaceDetection> Script(long i) => [.. i < 8 ? [Face(20, 100)] : Array.Empty<FaceDetection>(), .. i >= 3 ? [Face(300, 100)] : Array.Empty<FaceDetection>()];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 12).Select(static f => f.Order()), Run(detector, 12, 12).Select(static f => f.Order()));
    }

    [Fact]
    public void ACutBringsAboutAWholeSearchAndEndsWhatIsFollowed()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(i < 6 ? 20 : 300, 100)];
        ScriptedWindowDetector detector = new(Script);
        Assert.Equal(Everything(Script, 12), Run(detector, 12, 12, static i => TrackRig.Blank(i, i < 6 ? (byte)40 : (byte)200)));
        Assert.Equal([0, 6, 11], detector.Whole);
    }

    // The face before the cut is where the one after it is, but the whole search would not have taken it.
    [Fact]
    public void NothingIsFollowedBackOverACut()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(20, 100, i < 12 ? -0.1 : 1)];
        ScriptedWindowDetector detector = new(Script);
        int[][] found = Run(detector, 24, 12, static i => TrackRig.Blank(i, i < 12 ? (byte)40 : (byte)200));
        Assert.Equal(Everything(Script, 24), found);
    }

    // Scores under the limit count between better ones alone, so that a face does not flicker and is not made longer.
    [Fact]
    public void WeakSightsBridgeGaps()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(20, 100, i is 3 or 4 or >= 8 ? -0.1 : 1)];
        int[][] found = Run(new ScriptedWindowDetector(Script), 24, 12);
        Assert.Equal(Enumerable.Range(0, 24).Select(static i => i < 8 ? 1 : 0), found.Select(static f => f.Length));
    }

    [Fact]
    public void WeakSightsBridgeTheWayIntoTheNextStretch()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(20, 100, i is 10 or 11 or 14 ? -0.1 : 1)];
        int[][] found = Run(new ScriptedWindowDetector(Script), 24, 12);
        Assert.All(found, static f => Assert.Single(f));
    }

    // Two faces of one height pass each other; where they are one above the other the detector tells one only.
    [Fact]
    public void CrossingFacesStayTwoAndNeverBecomeThree()
    {
        static IEnumerable<FaceDetection> Script(long i)
        {
            int left = 100 + (10 * (int)i), right = 300 - (10 * (int)i);
            return Math.Abs(left - right) < 60 ? [Face(left, 100)] : [Face(left, 100), Face(right, 100, 0.9)];
        }
        int[][] found = Run(new ScriptedWindowDetector(Script), 24, 24);
        Assert.Equal(Everything(Script, 24).Select(static f => f.Order()), found.Select(static f => f.Order()));
    }

    [Fact]
    public void FacesAreSortedByTheirScores()
    {
        static IEnumerable<FaceDetection> Script(long i) => [Face(20, 100, 1), Face(300, 100, 0.5 + (0.2 * i))];
        Assert.Equal(Everything(Script, 8), Run(new ScriptedWindowDetector(Script), 8, 8));
    }

    [Fact]
    public void ADetectorWithoutWindowsSearchesEveryFrame()
    {
        static IEnumerable<FaceDetection> Script(long i) => i % 2 == 0 ? [Face(20, 100)] : [];
        ScriptedDetector detector = new(Script);
        Assert.Equal(Everything(Script, 10), Run(detector, 10, 4));
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => (long)i), detector.Whole.Distinct().Order());
    }

    // Only a turned frame, whose sides have changed places, has a face: such faces cannot be followed.
    [Fact]
    public void FacesOfTurnedFramesAreSearchedForInEveryFrame()
    {
        TurnedDetector detector = new();
        IReadOnlyList<FaceRecord>[] found = TrackRig.Run(landmarks.Tracked(detector, [90]), 12, 4, Still);
        Assert.Equal(Enumerable.Range(0, 12).Select(static i => i >= 6 ? 90 : -1), found.Select(static f => f.Count == 0 ? -1 : Assert.Single(f).Rotation));
    }

    [Fact]
    public void StretchesAreSearchedInAnyOrder()
    {
        static IEnumerable<FaceDetection> Script(long i) => i % 7 < 2 ? [] : [Face(20 + (int)(i * 6), 100, i % 5 == 0 ? -0.1 : 1), Face(300, 100 + (int)i)];
        int[][] forward = TrackRig.Lefts(TrackRig.Run(landmarks.Tracked(new ScriptedWindowDetector(Script)), 40, 6, Still));
        int[][] backward = TrackRig.Lefts(TrackRig.Run(landmarks.Tracked(new ScriptedWindowDetector(Script)), 40, 6, Still, last: true));
        Assert.Equal(forward, backward);
    }

    private sealed class TurnedDetector : IWindowDetector
    {
        public string Name => "turned";

        public FaceDetection[] Detect(Frame frame) => frame.Width < frame.Height && frame.Index >= 6 ? [Face(50, 50)] : [];

        public FaceDetection[] DetectNear(Frame frame, PlaneView gray, in FaceWindow window) => [];

        public void Dispose()
        {
        }
    }
}

using FaceSwap.Pipeline.Faces;
using FaceSwap.Pipeline.Track;

namespace FaceSwap.Cli.Bench;

/// <summary>Following faces through a video against searching every frame, on one thread: whether both find the same, and what each costs.</summary>
internal static class TrackBench
{
    public static void Run(BenchOptions options, int stretch, FaceDetectors detectors, BenchResult result, Action<long, string>? onDifference)
    {
        TrackingComparison done = TrackingComparison.Run(options.Input!, stretch, detectors, onDifference, options.Cancellation);
        result.Add("track_frames", done.Frames);
        result.Add("track_same_frames_percent", Percent(done.SameFrames, done.Frames));
        result.Add("track_faces", done.Faces);
        result.Add("track_missed_faces", done.Missed);
        result.Add("track_extra_faces", done.Extra);
        result.Add("track_equal_landmarks_percent", Percent(done.Equal, done.Faces));
        result.Add("track_landmark_distance_percent", 100 * done.MeanLandmarkDistance);
        result.Add("track_landmark_distance_max_percent", 100 * done.MaxLandmarkDistance);
        result.Add("track_whole_searches", done.Searches);
        result.Add("every_frame_ms", 1e3 * done.EveryFrameSeconds / Math.Max(done.Frames, 1));
        result.Add("track_ms", 1e3 * done.TrackedSeconds / Math.Max(done.Frames, 1));
    }

    private static double Percent(long part, long whole) => 100.0 * part / Math.Max(whole, 1);
}

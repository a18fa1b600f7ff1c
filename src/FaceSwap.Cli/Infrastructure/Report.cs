using System.Globalization;
using FaceSwap.Pipeline.Convert;
using FaceSwap.Pipeline.Extract;
using FaceSwap.Pipeline.Sort;
using FaceSwap.Pipeline.Train;
using FaceSwap.Pipeline.Video;

namespace FaceSwap.Cli.Infrastructure;

/// <summary>What each workflow did, a line on standard output.</summary>
internal static class Report
{
    private const int MostBins = 20;

    public static void Extract(ExtractSummary done)
    {
        Say($"extracted {done.Faces} faces from {done.Frames} frames ({done.FramesWithoutFace} without a face) to {done.OutputDirectory} in {Took(done.Frames, "frames", done.Elapsed)}");
        if (done.FramesSkipped > 0)
            Say($"{done.FramesSkipped} frames were done before and stay as they were");
        if (done.Blurry > 0)
            Say($"{done.Blurry} blurred faces are in {Path.Combine(done.OutputDirectory, ExtractWorkflow.BlurryFolder)}");
        if (done.LeftOut > 0)
            Say($"{done.LeftOut} faces were left out: too small, or more than asked for in a frame");
        if (done.RefusedPath is not null)
            Say($"{done.Refused} faces were refused by the identity filter; {done.RefusedPath} lists them");
        Say($"alignments: {done.AlignmentsPath}");
    }

    public static void Train(TrainSummary done, string modelFolder)
    {
        string why = done.Stop switch
        {
            TrainStop.Time => "the time was up",
            TrainStop.Loss => "the loss was reached",
            TrainStop.Cancelled => "interrupted",
            _ => "the iterations were reached",
        };
        Say($"trained {done.Model} from iteration {done.FirstIteration} to {done.LastIteration} ({why}) in {Took(done.LastIteration - done.FirstIteration, "iterations", done.Elapsed)}");
        // Interrupted before its first iteration, a new model has no loss, and nothing is saved.
        if (double.IsNaN(done.LossA))
            Say($"nothing was trained; {modelFolder} holds no model");
        else
            Say($"loss A {done.LossA:0.0000}, loss B {done.LossB:0.0000}; the model is saved in {modelFolder}");
    }

    public static void Convert(ConvertSummary done)
    {
        Say($"converted {done.FacesConverted} faces in {done.Frames} frames ({done.FramesWithoutFace} without a face) in {Took(done.Frames - done.FramesResumed, "frames", done.Elapsed)}");
        if (done.FramesResumed > 0)
            Say($"of these, {done.FramesResumed} frames were finished before");
        if (done.FramesUnselected > 0)
            Say($"outside the ranges: {done.FramesUnselected} frames stayed as they were");
        if (done.FramesDiscarded > 0)
            Say($"outside the ranges: {done.FramesDiscarded} frames were left out");
        if (done.DeletedFaces > 0)
            Say($"not in the aligned folder: {done.DeletedFaces} faces stayed as they were");
        if (done.Identities > 0)
            Say($"identities: {done.Identities} (faces followed from frame to frame; one that is away for a while, or after a cut, counts anew)");
        if (done.Jitter is { Samples: > 0 } jitter)
            Say($"jitter of the faces' corners: {jitter.Before:0.00} pixels before, {jitter.After:0.00} after steadying");
        Say($"output: {done.Output}");
    }

    public static void Convert(ConvertManySummary done, string folder)
    {
        ConvertSummary whole = done.Whole;
        int failed = done.Failed.Count();
        foreach (ConvertFileResult file in done.Files.Where(f => f.Summary is not null))
            Say($"{file.Output}: {file.Summary!.FacesConverted} faces in {file.Summary.Frames} frames ({file.Summary.FramesWithoutFace} without a face)");
        Say($"converted {whole.FacesConverted} faces in {whole.Frames} frames of {done.Files.Count - failed} inputs in {Took(whole.Frames - whole.FramesResumed, "frames", whole.Elapsed)}");
        if (whole.FramesResumed > 0)
            Say($"of these, {whole.FramesResumed} frames were finished before");
        if (whole.Jitter is { Samples: > 0 } jitter)
            Say($"jitter of the faces' corners: {jitter.Before:0.00} pixels before, {jitter.After:0.00} after steadying");
        Say($"output: {folder}");
        Console.Out.Flush();
        if (failed > 0)
            Console.Error.WriteLine($"faceswap: {failed} of {done.Files.Count} inputs failed:");
        foreach (ConvertFileResult file in done.Failed)
        {
            string sentence = Failures.Sentence(file.Failure!);
            Console.Error.WriteLine("faceswap: " + (sentence.Contains(file.Input, StringComparison.Ordinal) ? sentence : $"{file.Input}: {sentence}"));
        }
    }

    public static void VideoToFrames(VideoToFramesSummary done, string folder) =>
        Say($"wrote {done.Images} images of {done.Decoded} frames to {folder} in {Took(done.Decoded, "frames", done.Elapsed)}");

    public static void FramesToVideo(FramesToVideoSummary done) =>
        Say($"wrote {done.Frames} frames to {done.Output} in {Took(done.Frames, "frames", done.Elapsed)}");

    public static void Sort(SortSummary done, string target)
    {
        Say($"sorted {done.Faces} faces to {target} in {Took(done.Faces, "faces", done.Elapsed)}");
        foreach ((string name, int faces) in done.Bins.Take(MostBins))
            Say($"  {name}: {faces} faces");
        if (done.Bins.Count > MostBins)
            Say($"  and {done.Bins.Count - MostBins} more folders with {done.Bins.Skip(MostBins).Sum(static b => b.Faces)} faces");
    }

    private static void Say(FormattableString line) => Job.Say(line.ToString(CultureInfo.InvariantCulture));

    private static string Took(long count, string unit, TimeSpan time) =>
        $"{Human.Seconds(time)}{(time.TotalSeconds > 0 ? $" ({Human.Rate(count / time.TotalSeconds)} {unit}/s)" : "")}";
}

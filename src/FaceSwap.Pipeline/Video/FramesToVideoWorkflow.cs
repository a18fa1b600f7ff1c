using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Video;

/// <summary>The classic command <c>frames-to-video</c>: a folder of images becomes a video with the sound of another file. Images are decoded
/// ahead on all processors while the encoder runs; at most a few are in memory.</summary>
public sealed class FramesToVideoWorkflow(FramesToVideoOptions options)
{
    private int deep; // images of more than 8 bits a sample

    /// <summary>Runs the workflow.</summary>
    /// <exception cref="UserErrorException">An image cannot be read or the video not written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; there is no output.</exception>
    public FramesToVideoSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        Rational rate = options.FrameRate;
        if (rate.Value is not (> 0 and <= 1000))
            throw new UserErrorException($"{rate} is no frame rate; it must be above 0 and at most 1000.");
        using ImageFolderReader folder = ImageFolderReader.Open(options.Input);
        if (options.AudioFrom is { } sound)
            FilePlace.RequireOther(sound, options.Output, "the file with the sound");
        FilePlace place = FilePlace.Of(options.Output);
        if (folder.Files.FirstOrDefault(f => Path.GetExtension(f) == Path.GetExtension(options.Output) && FilePlace.Of(f) == place) is { } image)
            throw new UserErrorException($"the output '{options.Output}' is the image '{image}' of the input; choose another output");
        List<string> warnings = [];
        using OutputLock held = OutputLock.OnFile(options.Output, "writes the video", "--output-dir");
        using VideoWriter writer = VideoWriter.Create(options.Output, new VideoWriterOptions
        {
            Codec = options.Codec,
            Crf = options.Crf,
            Preset = options.Preset,
            PixelFormat = options.PixelFormat,
            TimeBase = new Rational(rate.Denominator, rate.Numerator),
            FrameRate = rate,
            CopyStreamsFrom = options.AudioFrom,
            CopyFromFirstPicture = true,
            EndWithVideo = true,
        });
        ProgressMeter meter = new(progress, options.Stage, "frames", folder.Files.Count);
        int ahead = Math.Clamp(Environment.ProcessorCount, 1, 16);
        Queue<Task<Frame?>> reading = new();
        long written = 0;
        deep = 0;
        try
        {
            int next = 0;
            for (; ; )
            {
                while (reading.Count < ahead && next < folder.Files.Count)
                {
                    string file = folder.Files[next++];
                    reading.Enqueue(Task.Run(() => Load(file, warnings), CancellationToken.None));
                }
                if (!reading.TryDequeue(out Task<Frame?>? first))
                    break;
                Frame? frame = first.GetAwaiter().GetResult();
                if (frame is null)
                    continue;
                if (cancellation.IsCancellationRequested)
                {
                    frame.Dispose();
                    cancellation.ThrowIfCancellationRequested();
                }
                (frame.Pts, frame.Index, frame.Duration) = (written, written, 1);
                writer.Write(frame);
                written++;
                meter.Report(written, () => "");
            }
            if (written == 0)
                throw new UserErrorException($"No image in '{options.Input}' can be read.");
            writer.Complete();
        }
        finally
        {
            foreach (Task<Frame?> left in reading)
                Drop(left);
        }
        meter.Report(written, () => "", final: true);
        if (deep > 0)
            warnings.Add($"{deep} images of '{options.Input}' have 16 bits a sample; they are read with 8.");
        return new FramesToVideoSummary(written, options.Output, [.. warnings, .. writer.Warnings], meter.Elapsed);
    }

    private Frame? Load(string file, List<string> warnings)
    {
        try
        {
            if (ImageDepth.IsDeep(file))
                Interlocked.Increment(ref deep);
            return ImageFile.Read(file);
        }
        catch (UserErrorException e) when (options.SkipUnreadable)
        {
            lock (warnings)
                warnings.Add(e.Message);
            return null;
        }
    }

    private static void Drop(Task<Frame?> task)
    {
        try
        {
            task.GetAwaiter().GetResult()?.Dispose();
        }
        catch (UserErrorException)
        {
            // The work has failed or was cancelled already; this image came after that.
        }
    }
}

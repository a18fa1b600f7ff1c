using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Metadata;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Video;

/// <summary>The classic command <c>frames-to-video</c>: a folder of images becomes a video with the sound of another file. Images are decoded
/// ahead on all processors while the encoder runs; at most a few are in memory.</summary>
public sealed class FramesToVideoWorkflow(FramesToVideoOptions options)
{
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
        if (folder.Files.FirstOrDefault(f => Path.GetExtension(f) == Path.GetExtension(options.Output) && FilePlace.Of(f) == place) is { } taken)
            throw new UserErrorException($"the output '{options.Output}' is the image '{taken}' of the input; choose another output");
        UnreadableImages unreadable = new(options.Input, folder.Files.Count);
        int transparent = 0, deep = 0;
        using OutputLock held = OutputLock.OnFile(options.Output, "writes the video", "--output-dir");
        VideoLook? look = options.AudioFrom is { } from ? VideoLook.Of(from, folder, rate) : null;
        using VideoWriter writer = VideoWriter.Create(options.Output, new VideoWriterOptions
        {
            Codec = options.Codec,
            Crf = options.Crf,
            Preset = options.Preset,
            PixelFormat = options.PixelFormat,
            TimeBase = new Rational(rate.Denominator, rate.Numerator),
            FrameRate = rate,
            SampleAspect = options.PixelAspect is { Denominator: > 0 } given ? given : look?.SampleAspect ?? default,
            Color = look?.Color,
            Signal = look?.Signal,
            CopyStreamsFrom = options.AudioFrom,
            CopyFromFirstPicture = true,
            EndWithVideo = true,
        });
        ProgressMeter meter = new(progress, options.Stage, "frames", folder.Files.Count);
        int ahead = Math.Clamp(Environment.ProcessorCount, 1, 16);
        Queue<Task<Frame?>> reading = new();
        long written = 0;
        try
        {
            int next = 0;
            for (; ; )
            {
                while (reading.Count < ahead && next < folder.Files.Count)
                {
                    string file = folder.Files[next++];
                    reading.Enqueue(Task.Run(() => Load(file, unreadable, ref transparent, ref deep), CancellationToken.None));
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
                unreadable.ThrowIfAll();
            writer.Complete();
        }
        finally
        {
            foreach (Task<Frame?> left in reading)
                Drop(left);
        }
        meter.Report(written, () => "", final: true);
        string[] lost =
        [
            .. transparent == 0 ? Array.Empty<string>() : [$"{transparent} images of '{options.Input}' have transparency (alpha), which the video does not keep"],
            .. deep == 0 ? Array.Empty<string>() : [$"{deep} images of '{options.Input}' have 16 bits a sample, which are read with 8 for a video; keep the images too, which have all of them"],
        ];
        return new FramesToVideoSummary(written, options.Output, [.. folder.Warnings, .. unreadable.Warnings, .. lost, .. OfLength(written, rate), .. writer.Warnings], meter.Elapsed);
    }

    private IEnumerable<string> OfLength(long frames, Rational rate) =>
        options.AudioFrom is { } sound && VideoLength.Of(sound) is { } length && length.Mismatch(sound, frames, rate) is { } said ? [said] : [];

    private Frame? Load(string file, UnreadableImages unreadable, ref int transparent, ref int deep)
    {
        try
        {
            PooledFrame image = ImageFile.Read(file, keepFile: true);
            if (ImageHeader.Read(image.File) is { } header)
            {
                if (header.HasAlpha)
                    Interlocked.Increment(ref transparent);
                if (header.IsDeep)
                    Interlocked.Increment(ref deep);
            }
            image.File = default;
            return image;
        }
        catch (UserErrorException e) when (options.SkipUnreadable)
        {
            unreadable.Add(file, e);
            return null;
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"{e.Message} To go on without such images, give --skip-unreadable.", e);
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

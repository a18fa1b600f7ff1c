using System.Collections.Concurrent;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Pipeline.Disk;
using FaceSwap.Pipeline.Stages;

namespace FaceSwap.Pipeline.Video;

/// <summary>The classic command <c>video-to-frames</c>: a video becomes a folder of numbered images. Decoding and encoding run at once, on
/// all processors; at most a few frames are in memory.</summary>
public sealed class VideoToFramesWorkflow(VideoToFramesOptions options)
{
    private readonly record struct Item(Frame Frame, long First, int Repeats);

    /// <summary>Runs the workflow.</summary>
    /// <exception cref="UserErrorException">The input cannot be read or the output not written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the images written so far stay.</exception>
    public VideoToFramesSummary Run(IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        FileNamePattern pattern = new(options.Pattern);
        bool png = pattern.Extension is ".png";
        if (!png && pattern.Extension is not (".jpg" or ".jpeg"))
            throw new UserErrorException($"'{options.Pattern}' names no image that can be written here; use .jpg or .png.");
        OutputNames.RequireFolder(options.OutputDirectory, "a video's frames go into a folder");
        if (pattern.Fits(Path.GetFileName(options.Input)) && FilePlace.IsIn(options.Input, options.OutputDirectory))
            throw new UserErrorException($"the input '{options.Input}' has the name of a frame in the output folder; choose another --output-dir");
        using VideoReader reader = VideoReader.Open(options.Input,
            new VideoReaderOptions { StartSeconds = options.StartSeconds, DurationSeconds = options.DurationSeconds });
        StillEncoder.Jpeg(options.Quality).Dispose();   // refuses a quality out of range before anything is written
        using OutputLock held = OutputLock.OnNewFolder(options.OutputDirectory, "writes frames into");
        using ImageFolderWriter folder = ImageFolderWriter.Create(options.OutputDirectory);
        ProgressMeter meter = new(progress, options.Stage, "frames", reader.Info.FrameCount);
        FrameRateResampler? resampler = options.Rate is { } rate ? new FrameRateResampler(reader.Info.TimeBase, rate) : null;

        int workers = Math.Clamp(Environment.ProcessorCount, 1, 8);
        using BlockingCollection<Item> queue = new(2 * workers);
        long decoded = 0, images = 0;
        try
        {
            using StageGroup stages = new(cancellation);
            for (int i = 0; i < workers; i++)
                stages.Start($"encode image {i}", () => Encode(queue, pattern, folder, png, stages.Token));
            stages.Start("decode", () =>
            {
                try
                {
                    foreach (Item item in Items(reader, resampler, stages.Token))
                    {
                        decoded++;
                        images += item.Repeats;
                        Hand(queue, item, stages.Token);
                        meter.Report(decoded, () => "");
                    }
                }
                finally
                {
                    queue.CompleteAdding();
                }
            });
            stages.Join();
        }
        finally
        {
            while (queue.TryTake(out Item left))
                left.Frame.Dispose();
        }
        meter.Report(decoded, () => "", final: true);
        folder.Complete();
        string[] lost = ImageLoss.Of(reader.Video.Format, pattern.Extension) is { } loss ? [loss] : [];
        return new VideoToFramesSummary(decoded, images, [.. reader.Warnings, .. ImagesOfVideo.Losses(options.Input, reader.Video), .. folder.Warnings, .. lost], meter.Elapsed);
    }

    private static IEnumerable<Item> Items(VideoReader reader, FrameRateResampler? resampler, CancellationToken cancellation)
    {
        long number = 1;
        Frame? current = reader.Read(cancellation);
        while (current is not null)
        {
            Frame? following;
            try
            {
                following = reader.Read(cancellation);
            }
            catch
            {
                current.Dispose();
                throw;
            }
            int repeats = resampler?.Repeats(current.Pts, following?.Pts ?? current.Pts + Math.Max(1, current.Duration)) ?? 1;
            yield return new Item(current, number, repeats);
            number += repeats;
            current = following;
        }
    }

    private static void Hand(BlockingCollection<Item> queue, Item item, CancellationToken cancellation)
    {
        try
        {
            queue.Add(item, cancellation);
        }
        catch
        {
            item.Frame.Dispose();
            throw;
        }
    }

    private void Encode(BlockingCollection<Item> queue, FileNamePattern pattern, ImageFolderWriter folder, bool png, CancellationToken cancellation)
    {
        using StillEncoder encoder = png ? StillEncoder.Png() : StillEncoder.Jpeg(options.Quality);
        foreach (Item item in queue.GetConsumingEnumerable(cancellation))
        {
            if (item.Repeats == 0)
            {
                item.Frame.Dispose();
                continue;
            }
            string[] paths = [.. Enumerable.Range(0, item.Repeats).Select(i => Path.Combine(folder.Folder, pattern.Name(item.First + i)))];
            Array.ForEach(paths, folder.Own);
            encoder.Write(paths, item.Frame);
        }
    }
}

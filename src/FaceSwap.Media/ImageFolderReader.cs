using FaceSwap.Core;
using FaceSwap.Core.Frames;

namespace FaceSwap.Media;

/// <summary>How to read a folder of images.</summary>
public sealed record ImageFolderOptions
{
    /// <summary>True: an unreadable image is left out, with a sentence in <see cref="ImageFolderReader.Warnings"/>; false: it is an error.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>Images to pass over: to go on after those.</summary>
    public long Skip { get; init; }

    /// <summary>The frame rate that the images are taken to have, for <see cref="FrameSourceInfo.FrameRate"/>; 0/0: none.</summary>
    public Rational FrameRate { get; init; }
}

/// <summary>
/// The images of a folder (not of its sub-folders) in natural order of their names, as <see cref="PixelFormat.Bgr24"/> frames. A frame's
/// name is its file's; its time is its number, in frames. Hidden files are left out.
/// </summary>
public sealed class ImageFolderReader : IFrameSource
{
    private readonly string[] files;
    private readonly ImageFolderOptions options;
    private readonly List<string> warnings = [];
    private int next;
    private long delivered;

    private ImageFolderReader(string folder, string[] files, ImageFolderOptions options)
    {
        this.files = files;
        this.options = options;
        next = (int)Math.Min(options.Skip, files.Length);
        delivered = next;
        Rational rate = options.FrameRate;
        Rational tick = rate.Value > 0 ? new Rational(rate.Denominator, rate.Numerator) : new Rational(1, 1);
        Info = new FrameSourceInfo(folder, 0, 0, rate, tick, files.Length, rate.Value > 0 ? files.Length / rate.Value : 0, IsVideo: false);
    }

    /// <inheritdoc/>
    public FrameSourceInfo Info { get; }

    /// <summary>The images' paths in the order of reading.</summary>
    public IReadOnlyList<string> Files => files;

    /// <summary>Images left out, a sentence each.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Lists the images of a folder.</summary>
    /// <exception cref="UserErrorException">The folder is missing, cannot be listed, or holds no image.</exception>
    public static ImageFolderReader Open(string folder, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new UserErrorException(File.Exists(folder)
                ? $"'{folder}' is a file, but a folder of images is needed here."
                : $"There is no folder '{folder}'; check the path.");
        }
        string[] files;
        try
        {
            files = [.. ImageFile.In(folder)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The folder '{folder}' cannot be read: {e.Message}", e);
        }
        if (files.Length == 0)
            throw new UserErrorException($"The folder '{folder}' holds no image ({string.Join(", ", ImageFile.Extensions)}).");
        Array.Sort(files, (a, b) => NaturalNameComparer.Instance.Compare(Path.GetFileName(a), Path.GetFileName(b)));
        return new ImageFolderReader(folder, files, options ?? new ImageFolderOptions());
    }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">An image cannot be read.</exception>
    public Frame? Read(CancellationToken cancellation = default)
    {
        while (next < files.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            PooledFrame frame;
            try
            {
                frame = ImageFile.Read(files[next++]);
            }
            catch (UserErrorException e) when (options.SkipUnreadable)
            {
                warnings.Add(e.Message);
                continue;
            }
            frame.Pts = frame.Index = delivered++;
            frame.Duration = 1;
            return frame;
        }
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        next = files.Length;
    }
}

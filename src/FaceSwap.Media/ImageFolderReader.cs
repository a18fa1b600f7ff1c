using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media.Metadata;

namespace FaceSwap.Media;

/// <summary>How to read a folder of images.</summary>
public sealed record ImageFolderOptions
{
    /// <summary>True: images that cannot be read are left out, with one sentence in <see cref="ImageFolderReader.Warnings"/>; false: the first is an error.</summary>
    public bool SkipUnreadable { get; init; }

    /// <summary>Whether frames keep their files (<see cref="Frame.File"/>), for a writer that takes over what samples cannot hold.</summary>
    public bool KeepFiles { get; init; }

    /// <summary>Images to pass over: to go on after those.</summary>
    public long Skip { get; init; }

    /// <summary>The frame rate that the images are taken to have, for <see cref="FrameSourceInfo.FrameRate"/>; 0/0: none.</summary>
    public Rational FrameRate { get; init; }
}

/// <summary>
/// The images of a folder (not of its sub-folders) in natural order of their names, as <see cref="PixelFormat.Bgr24"/> frames. A frame's
/// name is its file's; its time and index are its file's place in the folder, so that an image that is left out moves no other. Hidden files are left out.
/// </summary>
public sealed class ImageFolderReader : IFrameSource
{
    private readonly string[] files;
    private readonly ImageFolder listed;
    private readonly ImageFolderOptions options;
    private readonly UnreadableImages unreadable;
    private int next;
    private bool any;

    private ImageFolderReader(ImageFolder listed, string[] files, ImageFolderOptions options)
    {
        (this.listed, this.files, this.options) = (listed, files, options);
        string folder = listed.Folder;
        unreadable = new UnreadableImages(folder, files.Length);
        next = (int)Math.Min(options.Skip, files.Length);
        Rational rate = options.FrameRate;
        Rational tick = rate.Value > 0 ? new Rational(rate.Denominator, rate.Numerator) : new Rational(1, 1);
        Info = new FrameSourceInfo(folder, 0, 0, rate, tick, files.Length, rate.Value > 0 ? files.Length / rate.Value : 0, IsVideo: false);
    }

    /// <inheritdoc/>
    public FrameSourceInfo Info { get; }

    /// <summary>The images' paths in the order of reading.</summary>
    public IReadOnlyList<string> Files => files;

    /// <summary>What was left out, a sentence a kind.</summary>
    public IReadOnlyList<string> Warnings => [.. listed.Warnings, .. unreadable.Warnings];

    /// <summary>Images with transparency among those that kept their files.</summary>
    public int WithAlpha { get; private set; }

    /// <summary>Images with 16 bits a sample among those that kept their files.</summary>
    public int Deep { get; private set; }

    /// <summary>Lists the images of a folder.</summary>
    /// <exception cref="UserErrorException">The folder is missing, cannot be listed, or holds no image.</exception>
    public static ImageFolderReader Open(string folder, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            FileNames.RequireUtf8(folder);
            throw new UserErrorException(File.Exists(folder)
                ? $"'{folder}' is a file, but a folder of images is needed here."
                : $"There is no folder '{folder}'; check the path.");
        }
        ImageFolder listed;
        try
        {
            listed = ImageFolder.List(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The folder '{folder}' cannot be read: {e.Message}", e);
        }
        if (listed.Files.Count == 0)
            throw new UserErrorException($"The folder '{folder}' {listed.WhyNone}.");
        string[] files = [.. listed.Files];
        Array.Sort(files, (a, b) => NaturalNameComparer.Instance.Compare(Path.GetFileName(a), Path.GetFileName(b)));
        return new ImageFolderReader(listed, files, options ?? new ImageFolderOptions());
    }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">An image cannot be read; where such are left out, none can.</exception>
    public Frame? Read(CancellationToken cancellation = default)
    {
        while (next < files.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            int place = next++;
            PooledFrame frame;
            try
            {
                frame = ImageFile.Read(files[place], keepFile: options.KeepFiles);
            }
            catch (UserErrorException e) when (options.SkipUnreadable)
            {
                unreadable.Add(files[place], e);
                continue;
            }
            Count(frame);
            frame.Pts = frame.Index = place;
            frame.Duration = 1;
            any = true;
            return frame;
        }
        if (!any && options.Skip == 0)
            unreadable.ThrowIfAll();
        return null;
    }

    private void Count(PooledFrame frame)
    {
        if (frame.File.IsEmpty || ImageHeader.Read(frame.File) is not { } header)
            return;
        WithAlpha += header.HasAlpha ? 1 : 0;
        Deep += header.IsDeep ? 1 : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        next = files.Length;
    }
}

using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media.Metadata;

namespace FaceSwap.Media;

/// <summary>How to write a folder of images.</summary>
public sealed record ImageFolderWriterOptions
{
    /// <summary>Extension of the images, with its dot; null: a frame named as an image keeps its own.</summary>
    public string? Extension { get; init; }

    /// <summary>JPEG quality, 1 to 100.</summary>
    public int JpegQuality { get; init; } = 95;
}

/// <summary>
/// Writes every frame as an image named after it. Each file appears under its name only when complete; there is no state of the folder
/// as a whole, so frames written before an interruption stay, and <see cref="Complete"/> only ends the work.
/// </summary>
public sealed class ImageFolderWriter : IFrameSink
{
    private readonly ImageFolderWriterOptions options;
    private readonly LeftoverImages leftovers;
    private readonly Dictionary<ImageLosses, int> losses = [];
    private StillEncoder? png;
    private bool completed;
    private string? loss;

    private ImageFolderWriter(string folder, ImageFolderWriterOptions options)
    {
        Folder = folder;
        this.options = options;
        leftovers = LeftoverImages.List(folder);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>What the images could not take; after <see cref="Complete"/> also what is left of an earlier run.</summary>
    public IReadOnlyList<string> Warnings =>
        [.. completed ? leftovers.Warnings.Concat(ImageLossText.Describe(Folder, losses)) : [], .. loss is { } said ? [said] : Array.Empty<string>()];

    /// <summary>Tells that an image that is there already belongs to this work. Serves several threads.</summary>
    public void Own(string path) => leftovers.Own(path);

    /// <summary>Makes the folder if it is missing.</summary>
    /// <exception cref="UserErrorException">The folder cannot be made, or the extension is not that of an image.</exception>
    public static ImageFolderWriter Create(string folder, ImageFolderWriterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new ImageFolderWriterOptions();
        if (options.Extension is { } extension && !ImageFile.Extensions.Contains(extension.ToLowerInvariant()))
            throw new UserErrorException($"'{extension}' is no extension of an image; use one of {string.Join(", ", ImageFile.Extensions)}.");
        try
        {
            Directory.CreateDirectory(folder);
            TemporaryFile.SweepFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw MediaErrors.Writing(folder, e);
        }
        return new ImageFolderWriter(folder, options);
    }

    /// <summary>The path a frame of this name is written to.</summary>
    public string PathOf(string frameName)
    {
        string name = frameName.Length > 0 ? frameName : throw new ArgumentException("a frame to be written as an image needs a name", nameof(frameName));
        string extension = options.Extension ?? (ImageFile.HasImageExtension(name) ? Path.GetExtension(name) : ".png");
        return Path.Combine(Folder, Path.GetFileNameWithoutExtension(name) + extension);
    }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The image cannot be written.</exception>
    public void Write(Frame frame)
    {
        string path = PathOf(frame.Name);
        leftovers.Own(path);
        if (frame.Format == PixelFormat.Bgr24)
        {
            using (frame)
                Count(ImageFile.WriteLike(path, frame, options.JpegQuality));
            return;
        }
        if (Path.GetExtension(path).ToLowerInvariant() is ".png")
        {
            (png ??= StillEncoder.Png()).Write(path, frame);
            return;
        }
        loss ??= ImageLoss.Of(frame.Format, Path.GetExtension(path));
        using Frame bgr = FrameConversion.ToBgr(frame);
        ImageFile.Write(path, bgr, options.JpegQuality);
    }

    /// <inheritdoc/>
    public void Complete() => completed = true;

    /// <inheritdoc/>
    public void Dispose() => png?.Dispose();

    private void Count(ImageLosses lost)
    {
        foreach (ImageLosses one in Enum.GetValues<ImageLosses>())
        {
            if (one != ImageLosses.None && lost.HasFlag(one))
                losses[one] = losses.GetValueOrDefault(one) + 1;
        }
    }
}

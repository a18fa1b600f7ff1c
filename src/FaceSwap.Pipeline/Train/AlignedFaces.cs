using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>Reads a folder of aligned faces into a backend's memory, every file decoded once, on all processors.</summary>
internal sealed class AlignedFaces
{
    /// <summary>Side of the faces that training takes.</summary>
    public const int Size = 256;

    // Less than this has no face to learn from, enlarged or not.
    private const int SmallestSide = 32;

    private readonly string folder, identity;
    private readonly Action<string>? warn;
    private readonly string[] files; // in order of their names
    private ulong[] marks = [];

    /// <summary>Lists a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="identity">A or B, for messages.</param>
    /// <param name="warn">Is told of images that were skipped or resized.</param>
    /// <exception cref="UserErrorException">It is missing, unreadable or holds no image.</exception>
    public AlignedFaces(string folder, string identity, Action<string>? warn)
    {
        (this.folder, this.identity, this.warn) = (folder, identity, warn);
        if (!Directory.Exists(folder))
            throw new UserErrorException($"The folder '{folder}' with the faces of {identity} does not exist; make one with faceswap extract.");
        try
        {
            ImageFolder listed = ImageFolder.List(folder);
            foreach (string warning in listed.Warnings)
                warn?.Invoke(warning);
            files = [.. listed.Files.Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The folder '{folder}' with the faces of {identity} cannot be read: {e.Message}", e);
        }
        if (files.Length == 0)
            throw new UserErrorException($"The folder '{folder}' with the faces of {identity} holds no images; make some with faceswap extract.");
    }

    /// <summary>Images in the folder.</summary>
    public int FileCount => files.Length;

    /// <summary>What tells the faces from others, one number each; once they are loaded.</summary>
    public IReadOnlyList<ulong> Marks => marks;

    /// <summary>Decodes them all.</summary>
    /// <param name="backend">Where they go.</param>
    /// <param name="progress">Is told the number of files done, from several threads.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The faces in order of their files' names, to be disposed by the caller.</returns>
    /// <exception cref="UserErrorException">No file is a usable image, or there is not enough memory.</exception>
    public FaceSet Load(IBackend backend, Action<int> progress, CancellationToken cancellation)
    {
        FaceSet faces = new(backend, files.Length, Size, $"{files.Length} faces of {identity}");
        try
        {
            bool[] sound = new bool[files.Length];
            ulong[] found = new ulong[files.Length];
            string? complaint = null;
            int done = 0, resized = 0;
            Lock uploading = new();
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
            Parallel.For(0, files.Length, parallel, i =>
            {
                using PooledFrame? face = TryRead(files[i], ref complaint, out bool wasResized);
                if (face is not null)
                {
                    lock (uploading)
                    {
                        for (int y = 0; y < Size; y++)
                            faces.UploadRow(i, y, face.Plane(0).RowSpan(y));
                    }
                    found[i] = FaceMarks.Of(face);
                    sound[i] = true;
                    if (wasResized)
                        Interlocked.Increment(ref resized);
                }
                progress(Interlocked.Increment(ref done));
            });
            int count = sound.Count(s => s);
            marks = [.. found.Where((_, i) => sound[i])];
            if (count == 0)
                throw new UserErrorException($"None of the {files.Length} images in '{folder}' can be used as a face of {identity}: {complaint}");
            if (count < files.Length)
            {
                warn?.Invoke($"{files.Length - count} of {files.Length} images in '{folder}' were left out; one of them: {complaint}");
                faces.Keep(sound);
            }
            if (resized > 0)
                warn?.Invoke($"{resized} of {count} faces in '{folder}' were not {Size}×{Size} and were resized; faceswap extract makes them of that size.");
            return faces;
        }
        catch
        {
            faces.Dispose();
            throw;
        }
    }

    private static PooledFrame? TryRead(string path, ref string? complaint, out bool resized)
    {
        resized = false;
        PooledFrame image;
        try
        {
            image = ImageFile.Read(path);
        }
        catch (UserErrorException e)
        {
            complaint = e.Message;
            return null;
        }
        if (image.Width == Size && image.Height == Size)
            return image;
        using (image)
        {
            int side = Math.Min(image.Width, image.Height);
            if (side < SmallestSide)
            {
                complaint = $"'{path}' is only {image.Width}×{image.Height} pixels.";
                return null;
            }
            resized = true;
            return Resize(image, side);
        }
    }

    // The middle square: a picture that is not square would be distorted otherwise.
    private static PooledFrame Resize(PooledFrame image, int side)
    {
        using PooledFrame square = FramePool.Shared.Rent(side, side, PixelFormat.Bgr24);
        int left = (image.Width - side) / 2, top = (image.Height - side) / 2;
        for (int y = 0; y < side; y++)
            image.Plane(0).RowSpan(top + y).Slice(left * 3, side * 3).CopyTo(square.Plane(0).RowSpan(y));
        Canvas canvas = new(Size, Size, Ink.Black); // not disposed: its frame is the result
        canvas.DrawImage(square, canvas.Bounds);
        return canvas.Frame;
    }
}

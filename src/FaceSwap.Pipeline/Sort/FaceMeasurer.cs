using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media;
using FaceSwap.Media.Drawing;
using FaceSwap.Models;
using FaceSwap.Pipeline.Alignments;
using FaceSwap.Pipeline.Faces;
using FaceSwap.Vision;

namespace FaceSwap.Pipeline.Sort;

/// <summary>Measures aligned faces for one key: one number, or a vector whose distances count. Serves all threads through <see cref="CreateWorker"/>.</summary>
internal sealed class FaceMeasurer : IDisposable
{
    private const int Side = FaceAlignment.ExtractSide, Levels = 32;

    // Where the detector's box lies in a crop whose brows to mouth fill the unpadded square: the chin is below it.
    private static readonly RectI Box = new(36, 48, 184, 184);

    private readonly SortKey key;
    private readonly LandmarkModel? landmarks;
    private readonly EmbeddingWeights? weights;
    private readonly FaceDevice device;
    private readonly Dictionary<string, double> sizes = new(StringComparer.Ordinal);

    /// <exception cref="UserErrorException">The landmark model, weights or alignments that the key needs are missing or damaged.</exception>
    public FaceMeasurer(SortOptions options)
    {
        (key, device) = (options.Key, options.FaceDevice ?? FaceDevice.Processor);
        if (key == SortKey.Face)
            weights = FaceEmbedder.LoadWeights(options.ModelsDirectory);
        if (key == SortKey.Size)
            ReadSizes(options);
        if (key is SortKey.Blur or SortKey.Face or SortKey.Yaw or SortKey.Pitch)
            landmarks = LandmarkModel.Load();
    }

    public FaceEmbedder? CreateWorker() => weights is null ? null : device.CreateEmbedder(weights);

    /// <summary>Measures a file.</summary>
    /// <exception cref="UserErrorException">It is no image, or no face of the alignments.</exception>
    public float[] Measure(string path, FaceEmbedder? embedder)
    {
        if (key == SortKey.Size)
        {
            return sizes.TryGetValue(Path.GetFileNameWithoutExtension(path), out double size)
                ? [(float)size]
                : throw new UserErrorException($"'{Path.GetFileName(path)}' is not named after a face of the alignments");
        }
        using PooledFrame crop = ReadCrop(path);
        if (key == SortKey.Histogram)
            return Histogram(crop.Plane(0));
        Point2[] points = new Point2[LandmarkModel.PointCount];
        using (PooledFrame gray = Luma.FromBgr(crop))
            landmarks!.Predict(gray.Plane(0), Box, points);
        return key switch
        {
            SortKey.Blur => [(float)FocusMeasure.Of(crop, points, Affine.Identity)],
            SortKey.Face => embedder!.Embed(crop, points),
            SortKey.Yaw => [(float)HeadPose.Of(points).Yaw],
            _ => [(float)HeadPose.Of(points).Pitch],
        };
    }

    public void Dispose() => landmarks?.Dispose();

    // Square roots of the parts of the samples at each level of each channel, halved: Euclidean distances of these are Hellinger's of the histograms, 0 to 1.
    private static float[] Histogram(PlaneView plane)
    {
        float[] parts = new float[3 * Levels];
        for (int y = 0; y < Side; y++)
        {
            ReadOnlySpan<byte> row = plane.RowSpan(y);
            for (int i = 0; i < Side * 3; i++)
                parts[(i % 3 * Levels) + (row[i] * Levels / 256)]++;
        }
        for (int i = 0; i < parts.Length; i++)
            parts[i] = MathF.Sqrt(parts[i] / (2 * 3 * Side * Side));
        return parts;
    }

    private static PooledFrame ReadCrop(string path)
    {
        PooledFrame image = ImageFile.Read(path);
        if (image.Width == Side && image.Height == Side)
            return image;
        using (image)
        {
            Canvas canvas = new(Side, Side, Ink.Black); // not disposed: its frame is the result
            canvas.DrawImage(image, canvas.Bounds);
            return canvas.Frame;
        }
    }

    // Pixels of the frame that the mean face's square takes. Both forms of the names.
    private void ReadSizes(SortOptions options)
    {
        string path = options.AlignmentsPath ?? AlignmentsFile.FindBeside(options.Input)
            ?? throw new UserErrorException("sorting by size needs the alignments file that extract wrote, since all aligned faces have one size; give it with --alignments");
        AlignmentsFile file = AlignmentsFile.Load(path);
        CropNames names = new(file.FrameNames);
        foreach (string frame in file.FrameNames)
        {
            IReadOnlyList<FaceRecord> faces = file.Find(frame)!;
            for (int i = 0; i < faces.Count; i++)
            {
                Affine unit = FaceAlignment.Align(faces[i].Landmarks());
                double size = 1 / Math.Sqrt(Math.Abs((unit.A * unit.E) - (unit.B * unit.D)));
                string stem = names.Stem(frame);
                sizes[FormattableString.Invariant($"{stem}_{i}")] = size;
                sizes.TryAdd(FormattableString.Invariant($"{stem}{i}"), size);
            }
        }
    }
}

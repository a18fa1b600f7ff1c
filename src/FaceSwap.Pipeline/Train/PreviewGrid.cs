using FaceSwap.Core.Frames;
using FaceSwap.Core.Geometry;
using FaceSwap.Media.Drawing;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>
/// What the model makes of some faces as it is now. Left the faces of A: original, through A's decoder (own), through B's (swapped); right those of
/// B: original, own, swapped. The faces are spread evenly over the sets and stay the same from one picture to the next.
/// </summary>
internal sealed class PreviewGrid(FaceSet facesA, FaceSet facesB)
{
    private const int Rows = 7, Tile = 128, Gap = 4, Middle = 24, Header = 28;

    /// <summary>Draws the grid.</summary>
    public Canvas Draw(TrainingPlan plan)
    {
        int rows = Math.Min(Rows, Math.Max(facesA.Count, facesB.Count));
        Canvas canvas = new((6 * Tile) + (7 * Gap) + Middle, Header + (rows * (Tile + Gap)), Ink.Slate);
        try
        {
            Half(canvas, plan, facesA, Side.A, rows, Gap);
            Half(canvas, plan, facesB, Side.B, rows, (3 * (Tile + Gap)) + Gap + Middle);
            return canvas;
        }
        catch
        {
            canvas.Dispose();
            throw;
        }
    }

    private static void Half(Canvas canvas, TrainingPlan plan, FaceSet faces, Side own, int rows, int left)
    {
        Side other = own == Side.A ? Side.B : Side.A;
        string[] titles = [$"{own}", $"{own} by {own}", $"{own} by {other}"];
        for (int column = 0; column < 3; column++)
            canvas.Text(titles[column], left + (column * (Tile + Gap)), Header - 9, Ink.Silver);
        int count = Math.Min(rows, faces.Count), side = plan.Model.InputSize, values = plan.Model.ImageCount;
        float[] input = new float[count * values], output = new float[count * values];
        using Canvas small = new(side, side, Ink.Black);
        for (int row = 0; row < count; row++)
        {
            using PooledFrame crop = Crop(faces, (int)((long)row * faces.Count / count));
            canvas.DrawImage(crop, Place(left, 0, row));
            small.DrawImage(crop, small.Bounds);
            PlaneView pixels = small.Frame.Plane(0);
            for (int i = 0; i < values; i++)
                input[(row * values) + i] = pixels.RowSpan(i / (3 * side))[i % (3 * side)] / 255f;
        }
        for (int column = 1; column <= 2; column++)
        {
            Predict(plan, column == 1 ? own : other, input, output);
            for (int row = 0; row < count; row++)
            {
                PlaneView pixels = small.Frame.Plane(0);
                for (int i = 0; i < values; i++)
                    pixels.RowSpan(i / (3 * side))[i % (3 * side)] = (byte)Math.Clamp((output[(row * values) + i] * 255) + 0.5f, 0, 255);
                canvas.DrawImage(small.Frame, Place(left, column, row));
            }
        }
    }

    // The network sees the middle 5/8 of an aligned face: what the warp grid covers in training.
    private static PooledFrame Crop(FaceSet faces, int index)
    {
        byte[] face = new byte[faces.FaceBytes];
        faces.Download(index, face);
        int side = faces.Size * 5 / 8, border = (faces.Size - side) / 2;
        PooledFrame crop = FramePool.Shared.Rent(side, side, PixelFormat.Bgr24);
        for (int y = 0; y < side; y++)
            face.AsSpan((((border + y) * faces.Size) + border) * 3, side * 3).CopyTo(crop.Plane(0).RowSpan(y));
        return crop;
    }

    private static void Predict(TrainingPlan plan, Side side, ReadOnlySpan<float> input, Span<float> output)
    {
        int most = plan.Batch * plan.Model.ImageCount;
        for (int start = 0; start < input.Length; start += most)
        {
            int length = Math.Min(most, input.Length - start);
            plan.Predict(side, input.Slice(start, length), output.Slice(start, length));
        }
    }

    private static RectI Place(int left, int column, int row) => new(left + (column * (Tile + Gap)), Header + (row * (Tile + Gap)), Tile, Tile);
}

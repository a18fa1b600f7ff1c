using FaceSwap.Models;

namespace FaceSwap.Pipeline.Train;

/// <summary>
/// What the model makes of some faces as it is now. Left the faces of A: original, through A's decoder (own), through B's (swapped); right those of
/// B: original, own, swapped. The faces are spread evenly over the sets and stay the same from one picture to the next.
/// </summary>
internal sealed unsafe class PreviewGrid(FaceSet facesA, FaceSet facesB)
{
    private const int Rows = 7, Tile = 128, Gap = 4, Middle = 24, Header = 28;

    private static readonly (int, int, int) Ink = (220, 220, 220);

    /// <summary>Draws the grid.</summary>
    public Picture Draw(TrainingPlan plan)
    {
        int rows = Math.Min(Rows, Math.Max(facesA.Count, facesB.Count));
        Picture picture = new((6 * Tile) + (7 * Gap) + Middle, Header + (rows * (Tile + Gap)), 32);
        Half(picture, plan, facesA, Side.A, rows, Gap);
        Half(picture, plan, facesB, Side.B, rows, (3 * (Tile + Gap)) + Gap + Middle);
        return picture;
    }

    private static void Half(Picture picture, TrainingPlan plan, FaceSet faces, Side own, int rows, int left)
    {
        Side other = own == Side.A ? Side.B : Side.A;
        picture.Text($"{own}", left, Header - 9, 0.5, Ink);
        picture.Text($"by {own}", left + Tile + Gap, Header - 9, 0.5, Ink);
        picture.Text($"by {other}", left + (2 * (Tile + Gap)), Header - 9, 0.5, Ink);
        int count = Math.Min(rows, faces.Count), side = plan.Model.InputSize, values = plan.Model.ImageCount;
        byte[] face = new byte[faces.FaceBytes], image = new byte[values];
        float[] input = new float[count * values], output = new float[input.Length];

        // The network sees the middle 5/8 of an aligned face: what the warp grid covers in training.
        int crop = faces.Size * 5 / 8, border = (faces.Size - crop) / 2, stride = faces.Size * 3;
        fixed (byte* at = face, small = image)
        {
            byte* corner = at + (border * stride) + (border * 3);
            for (int row = 0; row < count; row++)
            {
                faces.Download((int)((long)row * faces.Count / count), face);
                picture.Put(corner, crop, stride, left, Top(row), Tile);
                Picture.Resample(corner, crop, stride, small, side, side * 3);
                for (int i = 0; i < values; i++)
                    input[(row * values) + i] = image[i] / 255f;
            }
            for (int column = 1; column <= 2; column++)
            {
                Predict(plan, column == 1 ? own : other, input, output);
                for (int row = 0; row < count; row++)
                {
                    for (int i = 0; i < values; i++)
                        image[i] = (byte)Math.Clamp((output[(row * values) + i] * 255) + 0.5f, 0, 255);
                    picture.Put(small, side, side * 3, left + (column * (Tile + Gap)), Top(row), Tile);
                }
            }
        }
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

    private static int Top(int row) => Header + (row * (Tile + Gap));
}

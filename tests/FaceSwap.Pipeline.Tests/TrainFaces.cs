using FaceSwap.Core.Frames;
using FaceSwap.Media;

namespace FaceSwap.Pipeline.Tests;

/// <summary>Folders of made-up faces: blocks of random colours.</summary>
internal static class TrainFaces
{
    public static void Write(string folder, int count, int size, int seed, string stem = "face")
    {
        Directory.CreateDirectory(folder);
        Random random = new(seed);
        byte[] blocks = new byte[8 * 8 * 3];
        for (int i = 0; i < count; i++)
        {
            random.NextBytes(blocks);
            using PooledFrame frame = FramePool.Shared.Rent(size, size, PixelFormat.Bgr24);
            for (int y = 0; y < size; y++)
            {
                Span<byte> row = frame.Plane(0).RowSpan(y);
                for (int x = 0; x < row.Length; x++)
                    row[x] = blocks[(((y * 8 / size * 8) + (x / 3 * 8 / size)) * 3) + (x % 3)];
            }
            ImageFile.Write(Path.Combine(folder, $"{stem}_{i}.png"), frame);
        }
    }
}

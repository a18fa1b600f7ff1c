using FaceSwap.Core;
using FaceSwap.Core.Frames;
using FaceSwap.Interop;

namespace FaceSwap.Vision;

/// <summary>Reads and compares the images of a golden folder.</summary>
internal static unsafe class GoldenImage
{
    /// <summary>Largest mean absolute difference of two images, of 255.</summary>
    public const double MeanBound = 0.25;

    /// <summary>Largest part of the samples that may differ by more than 2.</summary>
    public const double FarBound = 0.005;

    public static PooledFrame Read(string path)
    {
        using SafeImageHandle image = SafeImageHandle.Decode(File.ReadAllBytes(path), orientation: 1, deep: false);
        PooledFrame frame = FramePool.Shared.Rent(image.Width, image.Height, PixelFormat.Bgr24);
        image.CopyTo(frame.Plane(0).Row(0), frame.Plane(0).Stride);
        return frame;
    }

    /// <summary>A copy with samples of its own.</summary>
    public static PooledFrame Copy(Frame frame)
    {
        PooledFrame copy = FramePool.Shared.Rent(frame.Width, frame.Height, frame.Format);
        for (int y = 0; y < frame.Height; y++)
            frame.Plane(0).RowSpan(y).CopyTo(copy.Plane(0).RowSpan(y));
        return copy;
    }

    /// <summary>Two lines: the mean absolute difference, and the part of the samples that differ by more than 2.</summary>
    public static IEnumerable<CheckResult> Compare(string name, string expectedPath, Func<Frame> actual)
    {
        if (!File.Exists(expectedPath))
            return [CheckResult.NotMade(name, "its file is not in this set of golden values")];
        using PooledFrame expected = Read(expectedPath);
        using Frame got = actual();
        if (expected.Width != got.Width || expected.Height != got.Height)
            return [CheckResult.Failed(name, $"the image is {got.Width}×{got.Height} instead of {expected.Width}×{expected.Height}")];
        long sum = 0, far = 0;
        for (int y = 0; y < expected.Height; y++)
        {
            Span<byte> a = expected.Plane(0).RowSpan(y), b = got.Plane(0).RowSpan(y);
            for (int x = 0; x < a.Length; x++)
            {
                int difference = Math.Abs(a[x] - b[x]);
                sum += difference;
                far += difference > 2 ? 1 : 0;
            }
        }
        double samples = 3.0 * expected.Width * expected.Height;
        return
        [
            CheckResult.Of($"{name} mean difference", sum / samples, MeanBound),
            CheckResult.Of($"{name} part off by more than 2", far / samples, FarBound),
        ];
    }
}

namespace FaceSwap.Vision;

/// <summary>
/// The Adjust converter's fading mask: 160×160, 255 from row and column 10 up to the eleventh last (the classic slice −h//15 rounds away from zero),
/// blurred by OpenCV's 15×15 Gaussian of σ = 10, edges mirrored.
/// </summary>
internal static class SmoothMask
{
    private const int Side = 160, First = 10, End = Side - 11, Radius = 7;

    /// <summary>(160, 160).</summary>
    public static byte[] Weights { get; } = Make();

    private static byte[] Make()
    {
        double[] taps = [.. Enumerable.Range(-Radius, (2 * Radius) + 1).Select(i => Math.Exp(-i * i / 200.0))];
        double sum = taps.Sum();
        double[] line = new double[Side];
        for (int x = 0; x < Side; x++)
        {
            for (int i = 0; i < taps.Length; i++)
            {
                int at = Math.Abs(x + i - Radius);
                at = at < Side ? at : (2 * Side) - 2 - at;
                line[x] += at is >= First and < End ? taps[i] / sum : 0;
            }
        }
        byte[] weights = new byte[Side * Side];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (byte)Math.Round(255 * line[i / Side] * line[i % Side]);
        return weights;
    }
}

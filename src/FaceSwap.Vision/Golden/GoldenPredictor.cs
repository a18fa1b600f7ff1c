namespace FaceSwap.Vision;

/// <summary>The functions that stand in for a network in the golden conversions; input and output are B, G, R in 0..1.</summary>
internal static class GoldenPredictor
{
    private static readonly float[] Gain = [0.7f, 0.9f, 1.1f];
    private static readonly float[] Offset = [0.1f, 0, 0.05f];

    public static Action<Span<float>> Named(string name) => name switch
    {
        "identity" => Identity,
        "negative" => Negative,
        "tint" => Tint,
        _ => throw new InvalidOperationException($"the golden file names an unknown predictor '{name}'"),
    };

    private static void Identity(Span<float> face)
    {
    }

    private static void Negative(Span<float> face)
    {
        for (int i = 0; i < face.Length; i++)
            face[i] = 1 - face[i];
    }

    private static void Tint(Span<float> face)
    {
        for (int i = 0; i < face.Length; i++)
            face[i] = Math.Clamp((face[i] * Gain[i % 3]) + Offset[i % 3], 0, 1);
    }
}

using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A whole autoencoder with every kind of layer, small enough for scalar loops.</summary>
internal static class TinyNetwork
{
    public static ModelDefinition Definition { get; } = Build();

    /// <summary>A batch of reproducible images: smooth, so that a network can learn them.</summary>
    public static float[] Images(int batch, int phase)
    {
        var values = new float[batch * Definition.ImageCount];
        for (int i = 0; i < values.Length; i++)
        {
            int c = i % 3, x = i / 3 % 64, y = i / 3 / 64 % 64, n = i / 3 / 64 / 64;
            values[i] = (float)(0.5 + (0.2 * Math.Sin(((x + (n * 7)) * 0.2) + c + phase)) + (0.2 * Math.Cos((y + (phase * 3)) * 0.15)));
        }
        return values;
    }

    private static ModelDefinition Build()
    {
        static Conv2dDefinition Down(int filters) => new(filters, 5, 2, Activation.LeakyRelu, 0.1f, false);
        static Conv2dDefinition Up(int filters) => new(4 * filters, 3, 1, Activation.LeakyRelu, 0.1f, true);
        var encoder = new PartDefinition("encoder", new(64, 64, 3),
            [Down(3), Down(5), Down(6), new DenseDefinition(7), new DenseDefinition(16 * 4), new ReshapeDefinition(new(4, 4, 4)), Up(5)]);
        LayerDefinition[] decoder = [Up(4), Up(3), Up(2), new Conv2dDefinition(3, 5, 1, Activation.None, 0, false)];
        return new ModelDefinition("Tiny", "for tests", 1, 1e-3f,
            [encoder, new("decoder_A", encoder.Output, decoder), new("decoder_B", encoder.Output, decoder)],
            ["encoder", "decoder_A"], ["encoder", "decoder_B"]);
    }
}

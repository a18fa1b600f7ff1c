using FaceSwap.Compute;

namespace FaceSwap.Models.Tests;

/// <summary>A model of the classic shape with a few thousand parameters, quick on any backend. Registered under <see cref="Name"/>.</summary>
internal static class TinyModel
{
    public const string Name = "Tiny";

    public static ModelDefinition Definition { get; } = Make();

    /// <summary>Faces of random bytes with some structure: blocks of 32 pixels.</summary>
    public static FaceSet Faces(IBackend backend, int count, int seed)
    {
        FaceSet faces = new(backend, count, 256, "test faces");
        Random random = new(seed);
        byte[] face = new byte[faces.FaceBytes], blocks = new byte[8 * 8 * 3];
        for (int i = 0; i < count; i++)
        {
            random.NextBytes(blocks);
            for (int p = 0; p < face.Length; p++)
            {
                int pixel = p / 3, x = pixel % 256, y = pixel / 256;
                face[p] = blocks[((((y / 32) * 8) + (x / 32)) * 3) + (p % 3)];
            }
            faces.Upload(i, face);
        }
        return faces;
    }

    private static ModelDefinition Make()
    {
        static Conv2dDefinition Down(int filters) => new(filters, 5, 2, Activation.LeakyRelu, 0.1f, false);
        static Conv2dDefinition Up(int filters) => new(4 * filters, 3, 1, Activation.LeakyRelu, 0.1f, true);
        PartDefinition encoder = new("encoder", new TensorShape(64, 64, 3),
            [Down(4), Down(4), Down(4), Down(8), new DenseDefinition(8), new DenseDefinition(64), new ReshapeDefinition(new(4, 4, 4)), Up(4)]);
        LayerDefinition[] decoder = [Up(4), Up(4), Up(4), new Conv2dDefinition(3, 5, 1, Activation.None, 0, false)];
        ModelDefinition model = new(Name, "for tests", 1, 1e-3f,
            [encoder, new PartDefinition("decoder_A", encoder.Output, decoder), new PartDefinition("decoder_B", encoder.Output, decoder)],
            ["encoder", "decoder_A"], ["encoder", "decoder_B"]);
        ModelZoo.Register(model);
        return model;
    }
}

using FaceSwap.Compute;

namespace FaceSwap.Models.Zoo;

/// <summary>The family of 64-pixel autoencoders of 2018: one encoder, a decoder for each identity.</summary>
internal static class ClassicAutoencoder
{
    private const float Slope = 0.1f;

    /// <summary>Builds a member: in 64×64×3; a conv for each of <paramref name="down"/>; dense; dense 4·4·c; reshape; upscale to 8×8;
    /// decoders with an upscale for each of <paramref name="up"/> and the output convolution.</summary>
    /// <param name="name">Name.</param>
    /// <param name="description">For the help.</param>
    /// <param name="learningRate">Default.</param>
    /// <param name="down">Filters of the encoder's convolutions.</param>
    /// <param name="inner">Length of the innermost vector.</param>
    /// <param name="outer">Channels of the 4×4 image that the second dense layer makes.</param>
    /// <param name="latent">Channels of the encoder's 8×8 output.</param>
    /// <param name="up">Filters of the decoder's upscales.</param>
    public static ModelDefinition Build(string name, string description, float learningRate, int[] down, int inner, int outer, int latent, int[] up)
    {
        var encoder = new PartDefinition("encoder", new TensorShape(64, 64, 3),
            [.. down.Select(Down), new DenseDefinition(inner), new DenseDefinition(16 * outer), new ReshapeDefinition(new(4, 4, outer)),
                Upscale(latent)]);
        LayerDefinition[] decoder = [.. up.Select(Upscale), new Conv2dDefinition(3, 5, 1, Activation.None, 0, false)];
        return new ModelDefinition(name, description, 1, learningRate,
            [encoder, new PartDefinition("decoder_A", encoder.Output, decoder), new PartDefinition("decoder_B", encoder.Output, decoder)],
            ["encoder", "decoder_A"], ["encoder", "decoder_B"]);
    }

    private static LayerDefinition Down(int filters) => new Conv2dDefinition(filters, 5, 2, Activation.LeakyRelu, Slope, false);

    private static LayerDefinition Upscale(int filters) => new Conv2dDefinition(4 * filters, 3, 1, Activation.LeakyRelu, Slope, true);
}

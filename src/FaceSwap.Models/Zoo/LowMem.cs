using System.Runtime.CompilerServices;

namespace FaceSwap.Models.Zoo;

/// <summary>The 2018 autoencoder for small graphics cards: one convolution less, half the innermost vector.</summary>
internal static class LowMem
{
    [ModuleInitializer]
    internal static void Register() => ModelZoo.Register(ClassicAutoencoder.Build("LowMem", "64 pixels, the classic one for little memory",
        learningRate: 5e-5f, down: [128, 256, 512], inner: 512, outer: 1024, latent: 512, up: [256, 128, 64]));
}

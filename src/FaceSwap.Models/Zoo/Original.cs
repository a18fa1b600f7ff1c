using System.Runtime.CompilerServices;

namespace FaceSwap.Models.Zoo;

/// <summary>The 2018 autoencoder.</summary>
internal static class Original
{
    [ModuleInitializer]
    internal static void Register() => ModelZoo.Register(ClassicAutoencoder.Build("Original", "64 pixels, the classic autoencoder",
        learningRate: 5e-5f, down: [128, 256, 512, 1024], inner: 1024, outer: 1024, latent: 512, up: [256, 128, 64]));
}

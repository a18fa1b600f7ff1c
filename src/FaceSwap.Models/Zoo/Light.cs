using System.Runtime.CompilerServices;

namespace FaceSwap.Models.Zoo;

/// <summary>A quarter of Original's width, for training on a processor in minutes.</summary>
internal static class Light
{
    [ModuleInitializer]
    internal static void Register() => ModelZoo.Register(ClassicAutoencoder.Build("Light", "64 pixels, small enough to train on a processor",
        learningRate: 5e-4f, down: [32, 64, 128, 256], inner: 256, outer: 256, latent: 128, up: [64, 32, 16]));
}

namespace FaceSwap.Compute.Cpu;

/// <summary>What a processor's products reach in each precision. Training is judged by itself: its backward passes have other kernels, and in bf16 it converts the
/// weights on the fly, which inference has done beforehand.</summary>
/// <param name="Inference">The forward pass.</param>
/// <param name="Training">Forward and backward passes together.</param>
public sealed record CpuPrecisionRates(PrecisionRates Inference, PrecisionRates Training)
{
    /// <summary>Those of one kind of work.</summary>
    public PrecisionRates For(bool training) => training ? Training : Inference;
}

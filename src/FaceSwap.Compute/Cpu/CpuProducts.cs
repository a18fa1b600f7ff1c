namespace FaceSwap.Compute.Cpu;

/// <summary>Who computes the convolutions and dense layers of a <see cref="CpuBackend"/>.</summary>
public enum CpuProducts
{
    /// <summary>The engine's own kernels: the faster choice.</summary>
    Own,

    /// <summary>oneDNN, to compare with.</summary>
    OneDnn,
}

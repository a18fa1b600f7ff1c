using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>An algorithm (<c>cublasLtMatmulAlgo_t</c>): 64 opaque bytes, which may be stored and used again with the same version of the library.</summary>
[InlineArray(8)]
public struct CublasLtAlgorithm
{
    private ulong first;
}

/// <summary>A proposal of the heuristics (<c>cublasLtMatmulHeuristicResult_t</c>), 96 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CublasLtHeuristicResult
{
    /// <summary>The algorithm.</summary>
    public CublasLtAlgorithm Algorithm;

    /// <summary>Bytes of workspace that it needs.</summary>
    public nuint WorkspaceBytes;

    /// <summary>The rest is valid only where this is success.</summary>
    public CublasStatus State;

    /// <summary>How often the work fills the device.</summary>
    public float Waves;

    private readonly int reserved0;
    private readonly int reserved1;
    private readonly int reserved2;
    private readonly int reserved3;
}

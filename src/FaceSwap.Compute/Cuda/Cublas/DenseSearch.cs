using System.Buffers;
using System.Runtime.InteropServices;
using FaceSwap.Core;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>The ways to compute a dense layer's product: what cuBLASLt's heuristics name, then cuBLAS.</summary>
internal sealed unsafe class DenseSearch(CudaMath math, DenseWork work)
{
    private const int MostAlgorithms = 8;
    private const long MostWorkspace = 64L << 20;
    private const uint Alignment = 16; // of every pointer that a plan gives out, and more
    private const string ByCublas = "cublas";

    /// <summary>Chooses.</summary>
    /// <param name="addBias">Adds the bias where a way does not: (bias, d).</param>
    /// <exception cref="UserErrorException">There is no way.</exception>
    public DenseProduct Choose(Action<nint, nint>? addBias)
    {
        var memory = new CudaWorkspace();
        long a = memory.Take(DenseWork.Bytes(work.A, work.Factors)), b = memory.Take(DenseWork.Bytes(work.B, work.Factors));
        long bias = memory.Take((long)work.M * sizeof(float)), d = memory.Take(DenseWork.Bytes((work.M, work.N), work.Result));
        var trial = new Trial<DenseProduct>(p => p.ScratchBytes, memory.Bytes, (p, at, scratch) =>
        {
            p.Run(at + (nint)a, at + (nint)b, at + (nint)bias, at + (nint)d, scratch);
            if (!p.AddsBias)
                addBias?.Invoke(at + (nint)bias, at + (nint)d);
        }, Restore: Restore);
        return math.Tuner.Choose(work + (math.Deterministic ? " deterministic" : ""), [Algorithms(), Cublas()], trial)
            ?? throw new UserErrorException($"neither cuBLASLt nor cuBLAS on {math.Device.Description} computes '{work}'; choose another --precision or --device.");
    }

    // An algorithm is named by its 64 bytes, which are good for the library's version, as the cache is.
    private IEnumerable<Proposal<DenseProduct>> Algorithms()
    {
        foreach (CublasLtHeuristicResult result in Ask())
        {
            CublasLtHeuristicResult found = result;
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<CublasLtAlgorithm>(in found.Algorithm));
            yield return new Proposal<DenseProduct>(Convert.ToHexStringLower(bytes),
                () => new CublasLtProduct(math, work, found.Algorithm, (long)found.WorkspaceBytes));
        }
    }

    private CublasLtProduct? Restore(string name)
    {
        var algorithm = default(CublasLtAlgorithm);
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<CublasLtAlgorithm>(ref algorithm));
        if (Convert.FromHexString(name, bytes, out int read, out int written) != OperationStatus.Done || read != name.Length || written != bytes.Length)
            return null;
        using var setup = new CublasLtSetup(math.BlasLt, work);
        return CublasLtNative.cublasLtMatmulAlgoCheck(math.BlasLt, setup.Product, setup.A, setup.B, setup.D, setup.D, algorithm,
            out CublasLtHeuristicResult result) == CublasStatus.Success
            ? new CublasLtProduct(math, work, algorithm, (long)result.WorkspaceBytes)
            : null;
    }

    private IEnumerable<Proposal<DenseProduct>> Cublas() => [new(ByCublas, () => new CublasProduct(math, work))];

    private CublasLtHeuristicResult[] Ask()
    {
        using var setup = new CublasLtSetup(math.BlasLt, work);
        // The heuristics look at the pointer's alignment only.
        if (work.HasBias)
            setup.Product.Set(CublasLtMatmulAttribute.BiasPointer, (nint)Alignment);
        using SafeCublasLtPreferenceHandle preference = SafeCublasLtPreferenceHandle.Create(math.BlasLt);
        preference.Set(CublasLtPreferenceAttribute.MaxWorkspaceBytes, (ulong)Math.Min(MostWorkspace, math.WorkspaceLimit));
        preference.Set(CublasLtPreferenceAttribute.ReductionSchemeMask, (uint)Reductions());
        preference.Set(CublasLtPreferenceAttribute.MinAlignmentA, Alignment);
        preference.Set(CublasLtPreferenceAttribute.MinAlignmentB, Alignment);
        preference.Set(CublasLtPreferenceAttribute.MinAlignmentC, Alignment);
        preference.Set(CublasLtPreferenceAttribute.MinAlignmentD, Alignment);
        var results = new CublasLtHeuristicResult[MostAlgorithms];
        int count = 0;
        fixed (CublasLtHeuristicResult* first = results)
        {
            CublasStatus status = CublasLtNative.cublasLtMatmulAlgoGetHeuristic(math.BlasLt, setup.Product, setup.A, setup.B, setup.D, setup.D, preference,
                MostAlgorithms, first, &count);
            // "Not supported" is an answer, and so is an invalid value: of a size that cuBLASLt does not do.
            if (status != CublasStatus.Success)
                return [];
        }
        return [.. results.Take(count).Where(r => r.State == CublasStatus.Success)];
    }

    // Parts of a sum that end up rounded to bf16 before they are added would cost half the digits; parts added in place come in any order.
    private CublasLtReductionScheme Reductions() => work.Result == CublasDataType.BFloat16 ? CublasLtReductionScheme.ComputeType
        : CublasLtReductionScheme.ComputeType | CublasLtReductionScheme.OutputType
            | (math.Deterministic ? CublasLtReductionScheme.None : CublasLtReductionScheme.InPlace);
}

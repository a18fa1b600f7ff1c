using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>A way to compute a dense layer's product.</summary>
internal abstract class DenseProduct : IDisposable
{
    /// <summary>Scratch bytes of an execution.</summary>
    public abstract long ScratchBytes { get; }

    /// <summary>Whether the bias is added, where the work has one.</summary>
    public abstract bool AddsBias { get; }

    /// <summary>Enqueues D = op(A)·op(B) (+ bias); D is overwritten (=).</summary>
    public abstract void Run(nint a, nint b, nint bias, nint d, nint scratch);

    public abstract void Dispose();
}

/// <summary>A product by cuBLASLt with a chosen algorithm.</summary>
internal sealed unsafe class CublasLtProduct : DenseProduct
{
    private readonly CudaMath math;
    private readonly DenseWork work;
    private readonly CublasLtSetup setup;
    private readonly CublasLtAlgorithm algorithm;
    private readonly long scratchBytes;

    public CublasLtProduct(CudaMath math, DenseWork work, in CublasLtAlgorithm algorithm, long scratchBytes)
    {
        (this.math, this.work, this.algorithm, this.scratchBytes) = (math, work, algorithm, scratchBytes);
        setup = new CublasLtSetup(math.BlasLt, work);
    }

    public override long ScratchBytes => scratchBytes;

    public override bool AddsBias => work.HasBias;

    public override void Run(nint a, nint b, nint bias, nint d, nint scratch)
    {
        float one = 1, zero = 0;
        if (work.HasBias)
            setup.Product.Set(CublasLtMatmulAttribute.BiasPointer, bias);
        CublasStatus status = CublasLtNative.cublasLtMatmul(math.BlasLt, setup.Product, &one, a, setup.A, b, setup.B, &zero, d, setup.D, d, setup.D,
            algorithm, scratch, (nuint)scratchBytes, math.Device.Stream);
        if (status != CublasStatus.Success)
            throw new CublasException(status, $"cublasLtMatmul of {work}", math.Device.Description);
    }

    public override void Dispose() => setup.Dispose();
}

/// <summary>A product by cuBLAS, which chooses itself: for what cuBLASLt has no algorithm for.</summary>
internal sealed unsafe class CublasProduct : DenseProduct
{
    private readonly CudaMath math;
    private readonly DenseWork work;

    public CublasProduct(CudaMath math, DenseWork work)
    {
        (this.math, this.work) = (math, work);
        _ = math.Blas; // opened now: it cannot be while a step is recorded
    }

    // It has a workspace of its own.
    public override long ScratchBytes => 0;

    public override bool AddsBias => false;

    public override void Run(nint a, nint b, nint bias, nint d, nint scratch)
    {
        float one = 1, zero = 0;
        CublasStatus status = CublasNative.cublasGemmEx(math.Blas, CublasLtSetup.Operation(work.TransposeA), CublasLtSetup.Operation(work.TransposeB),
            work.M, work.N, work.K, &one, a, work.Factors, work.A.Rows, b, work.Factors, work.B.Rows, &zero, d, work.Result, work.M, work.Compute,
            CublasNative.DefaultAlgorithm);
        if (status != CublasStatus.Success)
            throw new CublasException(status, $"cublasGemmEx of {work}", math.Device.Description);
    }

    public override void Dispose()
    {
        // It owns nothing.
    }
}

/// <summary>The descriptors of a product.</summary>
internal sealed class CublasLtSetup : IDisposable
{
    public CublasLtSetup(SafeCublasLtHandle lt, DenseWork work)
    {
        Product = SafeCublasLtMatmulHandle.Create(lt, work.Compute);
        try
        {
            Product.Set(CublasLtMatmulAttribute.TransposeA, Operation(work.TransposeA));
            Product.Set(CublasLtMatmulAttribute.TransposeB, Operation(work.TransposeB));
            Product.Set(CublasLtMatmulAttribute.Epilogue, work.HasBias ? CublasLtEpilogue.Bias : CublasLtEpilogue.Default);
            A = SafeCublasLtLayoutHandle.Create(lt, work.Factors, work.A.Rows, work.A.Columns, work.A.Rows);
            B = SafeCublasLtLayoutHandle.Create(lt, work.Factors, work.B.Rows, work.B.Columns, work.B.Rows);
            D = SafeCublasLtLayoutHandle.Create(lt, work.Result, work.M, work.N, work.M);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public SafeCublasLtMatmulHandle Product { get; }

    public SafeCublasLtLayoutHandle A { get; } = null!;

    public SafeCublasLtLayoutHandle B { get; } = null!;

    public SafeCublasLtLayoutHandle D { get; } = null!;

    public static CublasOperation Operation(bool transpose) => transpose ? CublasOperation.Transpose : CublasOperation.None;

    public void Dispose()
    {
        D?.Dispose();
        B?.Dispose();
        A?.Dispose();
        Product.Dispose();
    }
}

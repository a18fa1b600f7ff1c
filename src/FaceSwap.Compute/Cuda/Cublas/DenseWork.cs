using System.Globalization;
using FaceSwap.Interop;

namespace FaceSwap.Compute.Cuda;

/// <summary>
/// One of a dense layer's products as cuBLAS sees it, D = op(A)·op(B), all column-major. Our row-major matrices are column-major matrices
/// transposed: y (N, out) is out×N, x (N, in) is in×N, W (in, out) is out×in. So nothing is ever moved:
/// forward D(out×N) = W·x, data D(in×N) = Wᵀ·dy, kernel D(out×in) = dy·xᵀ.
/// </summary>
/// <param name="Name">Which product.</param>
/// <param name="M">Rows of D.</param>
/// <param name="N">Columns of D.</param>
/// <param name="K">Terms of each sum.</param>
/// <param name="A">Rows and columns of A in memory.</param>
/// <param name="TransposeA">Whether op(A) is Aᵀ.</param>
/// <param name="B">Rows and columns of B in memory.</param>
/// <param name="TransposeB">Whether op(B) is Bᵀ.</param>
/// <param name="Factors">Type of A and B.</param>
/// <param name="Result">Type of D.</param>
/// <param name="Compute">Arithmetic.</param>
/// <param name="HasBias">Whether a vector of D's type is added to every column of D.</param>
internal readonly record struct DenseWork(string Name, int M, int N, int K, (int Rows, int Columns) A, bool TransposeA, (int Rows, int Columns) B,
    bool TransposeB, CublasDataType Factors, CublasDataType Result, CublasCompute Compute, bool HasBias)
{
    /// <summary>y = x·W (+ b).</summary>
    public static DenseWork Forward(in DenseSpec spec)
    {
        CublasDataType type = TypeOf(spec.Precision);
        // The epilogue wants a bias of D's type; in bf16 a kernel of ours adds the fp32 bias.
        return new("forward", spec.Outputs, spec.Batch, spec.Inputs, (spec.Outputs, spec.Inputs), false, (spec.Inputs, spec.Batch), false, type, type,
            ComputeOf(spec.Precision), HasBias: type == CublasDataType.Float32);
    }

    /// <summary>dx = dy·Wᵀ.</summary>
    public static DenseWork Data(in DenseSpec spec)
    {
        CublasDataType type = TypeOf(spec.Precision);
        return new("data", spec.Inputs, spec.Batch, spec.Outputs, (spec.Outputs, spec.Inputs), true, (spec.Outputs, spec.Batch), false, type, type,
            ComputeOf(spec.Precision), HasBias: false);
    }

    /// <summary>dW = xᵀ·dy, fp32 whatever the factors.</summary>
    public static DenseWork Kernel(in DenseSpec spec) => new("kernel", spec.Outputs, spec.Inputs, spec.Batch, (spec.Outputs, spec.Batch), false,
        (spec.Inputs, spec.Batch), true, TypeOf(spec.Precision), CublasDataType.Float32, ComputeOf(spec.Precision), HasBias: false);

    /// <summary>Bytes of a matrix.</summary>
    public static long Bytes((int Rows, int Columns) matrix, CublasDataType type) =>
        (long)matrix.Rows * matrix.Columns * (type == CublasDataType.Float32 ? sizeof(float) : sizeof(ushort));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"dense {Name} m{M} n{N} k{K} {Factors}->{Result} {Compute}{(HasBias ? " bias" : "")}");

    private static CublasDataType TypeOf(Precision precision) => precision == Precision.Bf16 ? CublasDataType.BFloat16 : CublasDataType.Float32;

    private static CublasCompute ComputeOf(Precision precision) => precision == Precision.Tf32 ? CublasCompute.Float32FastTf32 : CublasCompute.Float32;
}

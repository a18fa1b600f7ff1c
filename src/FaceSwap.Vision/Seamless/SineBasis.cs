using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FaceSwap.Vision;

/// <summary>
/// Discrete sine transforms (DST-I) of many rows of one length as matrix products. sin(πkj/(n + 1)) is symmetric in j for odd k and antisymmetric
/// for even k, so rows are folded into sums and differences first, which halves the product to two of half the size. For the few hundred
/// columns of a face that is faster than a Fourier transform of an arbitrary length, and needs no library. Coefficients are in the order
/// 1, 3, 5, …, 2, 4, 6, …, each half padded to a multiple of <see cref="Lanes"/>.
/// </summary>
internal sealed unsafe class SineBasis
{
    /// <summary>Columns of the product's inner block.</summary>
    public const int Lanes = 16;

    /// <summary>Rows of the product's inner block: buffers hold a multiple of it.</summary>
    public const int Block = 6;

    private float[] sines = [];
    private float[] oddForward = [], evenForward = [], oddBack = [], evenBack = [];

    /// <summary>Numbers in a row.</summary>
    public int Length { get; private set; }

    /// <summary>Numbers in a folded row or a row of coefficients, padding included.</summary>
    public int Pitch => OddPitch + EvenPitch;

    /// <summary>Where the even coefficients (differences) begin.</summary>
    public int OddPitch => Padded(Odd);

    private int Odd => (Length + 1) / 2;

    private int Even => Length / 2;

    private int EvenPitch => Padded(Even);

    /// <summary>Prepares rows of another length; does nothing when it is the same.</summary>
    public void SetLength(int length)
    {
        if (length == Length)
            return;
        Length = length;
        // All sines wanted are those of whole multiples of π/(n + 1).
        int period = 2 * (length + 1);
        Span<float> table = Ensure(ref sines, period);
        for (int i = 0; i < period; i++)
            table[i] = (float)Math.Sin(Math.PI * i / (length + 1));
        Fill(Ensure(ref oddForward, Odd * OddPitch), table, Odd, OddPitch, 1, true);
        Fill(Ensure(ref oddBack, Odd * OddPitch), table, Odd, OddPitch, 1, false);
        Fill(Ensure(ref evenForward, Even * EvenPitch), table, Even, EvenPitch, 2, true);
        Fill(Ensure(ref evenBack, Even * EvenPitch), table, Even, EvenPitch, 2, false);
    }

    /// <summary>The number k of a coefficient's column; 0 in the padding.</summary>
    public int Order(int column)
    {
        int half = column < OddPitch ? column : column - OddPitch;
        if (half >= (column < OddPitch ? Odd : Even))
            return 0;
        return column < OddPitch ? (2 * half) + 1 : (2 * half) + 2;
    }

    /// <summary>Folds one row for <see cref="Forward"/>.</summary>
    /// <param name="row"><see cref="Length"/> numbers.</param>
    /// <param name="folded"><see cref="Pitch"/> numbers; overwritten.</param>
    public void Fold(ReadOnlySpan<float> row, Span<float> folded)
    {
        int n = Length;
        Span<float> sums = folded[..OddPitch], differences = folded.Slice(OddPitch, EvenPitch);
        sums[Odd..].Clear();
        differences[Even..].Clear();
        for (int j = 0; j < Even; j++)
        {
            sums[j] = row[j] + row[n - 1 - j];
            differences[j] = row[j] - row[n - 1 - j];
        }
        if (Odd > Even)
            sums[Even] = row[Even];
    }

    /// <summary>Undoes the folding after <see cref="Backward"/>.</summary>
    /// <param name="folded"><see cref="Pitch"/> numbers.</param>
    /// <param name="row"><see cref="Length"/> numbers; overwritten.</param>
    public void Unfold(ReadOnlySpan<float> folded, Span<float> row)
    {
        int n = Length;
        ReadOnlySpan<float> sums = folded[..OddPitch], differences = folded.Slice(OddPitch, EvenPitch);
        for (int j = 0; j < Even; j++)
        {
            row[j] = sums[j] + differences[j];
            row[n - 1 - j] = sums[j] - differences[j];
        }
        if (Odd > Even)
            row[Even] = sums[Even];
    }

    /// <summary>Coefficients of folded rows: Σ_j row_j·sin(πkj/(n + 1)).</summary>
    /// <param name="folded">(rows, Pitch), rows a multiple of <see cref="Block"/>.</param>
    /// <param name="coefficients">(rows, Pitch); overwritten.</param>
    /// <param name="rows">Number of rows.</param>
    public void Forward(float* folded, float* coefficients, int rows) => Both(oddForward, evenForward, folded, coefficients, rows);

    /// <summary>Folded rows of coefficients: the same sum over k; times 2/(n + 1) it is the inverse.</summary>
    /// <param name="coefficients">(rows, Pitch), rows a multiple of <see cref="Block"/>.</param>
    /// <param name="folded">(rows, Pitch); overwritten.</param>
    /// <param name="rows">Number of rows.</param>
    public void Backward(float* coefficients, float* folded, int rows) => Both(oddBack, evenBack, coefficients, folded, rows);

    private void Both(float[] odd, float[] even, float* from, float* to, int rows)
    {
        Multiply(from, First(odd), to, rows, Odd, OddPitch);
        Multiply(from + OddPitch, First(even), to + OddPitch, rows, Even, EvenPitch);
    }

    // Six rows by sixteen columns stay in registers over the whole depth.
    private void Multiply(float* a, float* b, float* c, int rows, int depth, int columns)
    {
        int pitch = Pitch;
        for (int column = 0; column < columns; column += Lanes)
        {
            for (int row = 0; row < rows; row += Block)
                SixBySixteen(a + ((nint)row * pitch), b + column, c + ((nint)row * pitch) + column, pitch, depth, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixBySixteen(float* a, float* b, float* c, int pitch, int depth, int columns)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        float* a0 = a, a1 = a + pitch, a2 = a1 + pitch, a3 = a2 + pitch, a4 = a3 + pitch, a5 = a4 + pitch;
        for (int k = 0; k < depth; k++, b += columns)
        {
            Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8);
            Vector256<float> x = Vector256.Create(a0[k]);
            c00 = Vector256.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector256.MultiplyAddEstimate(x, b1, c01);
            x = Vector256.Create(a1[k]);
            c10 = Vector256.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector256.MultiplyAddEstimate(x, b1, c11);
            x = Vector256.Create(a2[k]);
            c20 = Vector256.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector256.MultiplyAddEstimate(x, b1, c21);
            x = Vector256.Create(a3[k]);
            c30 = Vector256.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector256.MultiplyAddEstimate(x, b1, c31);
            x = Vector256.Create(a4[k]);
            c40 = Vector256.MultiplyAddEstimate(x, b0, c40);
            c41 = Vector256.MultiplyAddEstimate(x, b1, c41);
            x = Vector256.Create(a5[k]);
            c50 = Vector256.MultiplyAddEstimate(x, b0, c50);
            c51 = Vector256.MultiplyAddEstimate(x, b1, c51);
        }
        Put(c, c00, c01);
        Put(c + pitch, c10, c11);
        Put(c + (2 * pitch), c20, c21);
        Put(c + (3 * pitch), c30, c31);
        Put(c + (4 * pitch), c40, c41);
        Put(c + (5 * pitch), c50, c51);
    }

    private static void Put(float* to, Vector256<float> left, Vector256<float> right)
    {
        left.Store(to);
        right.Store(to + 8);
    }

    // Element of place j = 1, 2, … and order k = first, first + 2, …: rows are places, columns orders (forward), or the other way round.
    private void Fill(Span<float> matrix, ReadOnlySpan<float> table, int size, int pitch, int first, bool forward)
    {
        matrix.Clear();
        int period = 2 * (Length + 1);
        for (int i = 0; i < size; i++)
        {
            // The product of place and order grows by a constant along a row.
            int step = forward ? 2 * (i + 1) : first + (2 * i), at = forward ? first * (i + 1) : first + (2 * i);
            Span<float> row = matrix.Slice(i * pitch, pitch);
            for (int x = 0; x < size; x++)
            {
                row[x] = table[at];
                at += step;
                if (at >= period)
                    at -= period;
            }
        }
    }

    private static int Padded(int count) => (count + Lanes - 1) / Lanes * Lanes;

    private static float* First(float[] pinned) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    private static Span<float> Ensure(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = GC.AllocateUninitializedArray<float>(length + (length / 2), pinned: true);
        return buffer.AsSpan(0, length);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FaceSwap.Vision;

/// <summary>
/// Solves the five-point Poisson equation on a rectangle for three planes at once, exactly: Fourier analysis along the rows (sine transform), then one
/// tridiagonal system per coefficient down the columns (Hockney, 1965). Beyond the rectangle the solution is 0; other values
/// at its border belong on the right-hand side. An instance is scratch memory for one thread.
/// </summary>
internal sealed unsafe class PoissonSolver
{
    /// <summary>Planes that are solved together.</summary>
    public const int Planes = 3;

    private const int Strip = 8;

    private readonly SineBasis basis = new();
    private float[] rows = [], folded = [], coefficients = [];
    private double[] diagonal = [], pivots = [], columns = [];
    private int height;

    /// <summary>Numbers in a row of the right-hand side.</summary>
    public int Width => basis.Length;

    /// <summary>Row <paramref name="y"/> of plane <paramref name="plane"/>: the right-hand side before <see cref="Solve"/>, the solution after it.</summary>
    public Span<float> Row(int plane, int y) => rows.AsSpan(((plane * height) + y) * Width, Width);

    /// <summary>Makes room for a rectangle; the right-hand side is not initialised.</summary>
    public void SetSize(int width, int newHeight)
    {
        if (width != basis.Length || diagonal.Length == 0)
        {
            basis.SetLength(width);
            Ensure(ref diagonal, basis.Pitch);
            for (int i = 0; i < basis.Pitch; i++)
            {
                // 2·cos(angle) − 4 of the coefficient, without cancellation; the padding has any that is not singular.
                double half = Math.Sin(Math.PI * basis.Order(i) / (2.0 * (width + 1)));
                diagonal[i] = basis.Order(i) == 0 ? -4 : -2 - (4 * half * half);
            }
        }
        height = newHeight;
        int count = (Planes * height) + SineBasis.Block;
        Ensure(ref rows, count * width);
        Ensure(ref folded, count * basis.Pitch);
        Ensure(ref coefficients, count * basis.Pitch);
        Ensure(ref pivots, height * Strip);
        Ensure(ref columns, Planes * height * Strip);
    }

    /// <summary>Replaces the right-hand sides by the solutions.</summary>
    public void Solve()
    {
        int pitch = basis.Pitch, used = Planes * height;
        int all = (used + SineBasis.Block - 1) / SineBasis.Block * SineBasis.Block;
        for (int i = 0; i < used; i++)
            basis.Fold(rows.AsSpan(i * Width, Width), folded.AsSpan(i * pitch, pitch));
        folded.AsSpan(used * pitch, (all - used) * pitch).Clear();
        basis.Forward(First(folded), First(coefficients), all);
        for (int column = 0; column < pitch; column += Strip)
            SolveColumns(column, pitch);
        basis.Backward(First(coefficients), First(folded), all);
        for (int i = 0; i < used; i++)
            basis.Unfold(folded.AsSpan(i * pitch, pitch), rows.AsSpan(i * Width, Width));
    }

    // Eight systems x[y − 1] + d·x[y] + x[y + 1] = r[y] of each plane (Thomas' algorithm). In double precision: d is near −2, so that the lowest
    // coefficients hang on its last digits.
    private void SolveColumns(int column, int pitch)
    {
        double* pivot = First(pivots), solved = First(columns);
        float* values = First(coefficients) + column;
        double scale = 2.0 / (Width + 1);
        for (int half = 0; half < Strip; half += 4)
        {
            Vector256<double> d = Vector256.Load(First(diagonal) + column + half), last = Vector256<double>.Zero;
            for (int y = 0; y < height; y++)
            {
                last = Vector256<double>.One / (d - last);
                last.Store(pivot + (y * Strip) + half);
            }
        }
        for (int plane = 0; plane < Planes; plane++)
        {
            float* at = values + ((nint)plane * height * pitch);
            double* to = solved + (plane * height * Strip);
            Vector256<double> low = default, high = default;
            for (int y = 0; y < height; y++, at += pitch)
            {
                (Vector256<double> right0, Vector256<double> right1) = Vector256.Widen(Vector256.Load(at));
                low = ((right0 * scale) - low) * Vector256.Load(pivot + (y * Strip));
                high = ((right1 * scale) - high) * Vector256.Load(pivot + (y * Strip) + 4);
                low.Store(to + (y * Strip));
                high.Store(to + (y * Strip) + 4);
            }
            low = high = default;
            for (int y = height - 1; y >= 0; y--)
            {
                at -= pitch;
                low = Vector256.Load(to + (y * Strip)) - (low * Vector256.Load(pivot + (y * Strip)));
                high = Vector256.Load(to + (y * Strip) + 4) - (high * Vector256.Load(pivot + (y * Strip) + 4));
                Vector256.Narrow(low, high).Store(at);
            }
        }
    }

    private static T* First<T>(T[] pinned) where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    private static void Ensure<T>(ref T[] buffer, int length) where T : unmanaged
    {
        if (buffer.Length < length)
            buffer = GC.AllocateUninitializedArray<T>(length + (length / 2), pinned: true);
    }
}

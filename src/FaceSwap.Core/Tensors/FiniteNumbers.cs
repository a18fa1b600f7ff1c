using System.Numerics;
using System.Runtime.InteropServices;

namespace FaceSwap.Core.Tensors;

/// <summary>Tells numbers from infinities and NaN, as fast as they come from memory.</summary>
public static class FiniteNumbers
{
    /// <summary>Whether all are finite.</summary>
    public static bool Only(ReadOnlySpan<float> values)
    {
        // A finite number times zero is zero; anything else gives NaN, which a sum keeps.
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> sum = Vector<float>.Zero;
        foreach (Vector<float> vector in vectors)
            sum += vector * Vector<float>.Zero;
        float rest = Vector.Sum(sum);
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
            rest += value * 0;
        return !float.IsNaN(rest);
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Cuda.Kernels;

/// <summary>
/// Division of 0 ≤ n &lt; 2³¹ by a number known beforehand, as a multiplication and a shift (Granlund and Montgomery, "Division by invariant
/// integers using multiplication", PLDI 1994): n/d = (⌊n·multiplier/2³²⌋ + n) >> shift. <c>fs_divisor</c> of the kernels.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct KernelDivisor
{
    private readonly uint multiplier, shift;

    /// <summary>Prepares the division.</summary>
    /// <param name="divisor">1 … 2³¹ − 1.</param>
    public KernelDivisor(int divisor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(divisor, 1);
        shift = 32 - (uint)BitOperations.LeadingZeroCount((uint)divisor - 1);
        multiplier = (uint)((((1UL << (int)shift) - (uint)divisor) << 32) / (uint)divisor) + 1;
    }

    /// <summary>The quotient, as a kernel computes it.</summary>
    public uint Divide(uint n) => ((uint)(((ulong)n * multiplier) >> 32) + n) >> (int)shift;
}

using System.Runtime.InteropServices;
using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Cuda.Kernels;

namespace FaceSwap.Cuda.Tests.Kernels;

/// <summary>Conversions at every alignment, to the bit.</summary>
public class ConvertKernelTests : CudaTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(1003)]
    [InlineData(300_001)]
    public void At_any_alignment(int count)
    {
        using var backend = Open();
        float[] values = KernelMemory.Noise(count, 1);
        values[count / 2] = float.NaN;
        values[count / 3] = float.NegativeInfinity;
        foreach ((int from, int to) in new[] { (0, 0), (4, 2), (0, 2), (4, 0), (12, 14) })
        {
            using var memory = new KernelMemory(backend);
            DeviceSpan<byte> wide = memory.Of(values, ElementType.Float32, from), narrow = memory.Room(count, ElementType.BFloat16, to),
                again = memory.Room(count, ElementType.Float32, from), copy = memory.Room(count, ElementType.BFloat16, 16 - to);
            backend.Convert(wide, ElementType.Float32, narrow, ElementType.BFloat16);
            backend.Convert(narrow, ElementType.BFloat16, again, ElementType.Float32);
            backend.Convert(narrow, ElementType.BFloat16, copy, ElementType.BFloat16);
            uint[] expected = [.. values.Select(v => BitConverter.SingleToUInt32Bits(KernelMemory.Round(v, ElementType.BFloat16)))];
            Assert.Equal(expected, MemoryMarshal.Cast<float, uint>(memory.Read(again, ElementType.Float32)).ToArray());
            Assert.Equal(expected, MemoryMarshal.Cast<float, uint>(memory.Read(copy, ElementType.BFloat16)).ToArray());
            memory.AssertGuards();
        }
    }

    [Fact]
    public void A_divisor_divides()
    {
        foreach (int divisor in new[] { 1, 2, 3, 5, 7, 63, 64, 65, 641, 1000, 65535, 65536, 1_000_003, int.MaxValue })
        {
            var by = new KernelDivisor(divisor);
            foreach (long n in new[] { 0L, 1, divisor - 1L, divisor, divisor + 1L, (2L * divisor) - 1, 12345, 7_654_321, int.MaxValue - 1L, int.MaxValue })
            {
                if (n is >= 0 and <= int.MaxValue)
                    Assert.Equal((uint)(n / divisor), by.Divide((uint)n));
            }
        }
    }
}

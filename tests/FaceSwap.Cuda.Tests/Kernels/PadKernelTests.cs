using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;
using FaceSwap.Compute.Cuda.Kernels;

namespace FaceSwap.Cuda.Tests.Kernels;

/// <summary>Padding and cropping against plain loops, to the bit.</summary>
public class PadKernelTests : CudaTest
{
    [Theory]
    [InlineData(2, 4, 4, 8, 1, 1, 7, 7)]
    [InlineData(1, 1, 1, 3, 2, 2, 5, 5)]
    [InlineData(3, 5, 6, 5, 0, 1, 6, 8)]
    [InlineData(1, 3, 2, 400, 1, 2, 5, 4)]
    [InlineData(2, 2, 3, 16, 0, 0, 2, 3)]
    public void Both_ways(int batch, int height, int width, int channels, int top, int left, int wideHeight, int wideWidth)
    {
        using var backend = Open();
        var shape = new Padding(batch, height, width, channels, top, left, wideHeight, wideWidth);
        foreach ((ElementType type, int offset) in new[]
                 {
                     (ElementType.Float32, 0), (ElementType.Float32, 4), (ElementType.BFloat16, 0), (ElementType.BFloat16, 2),
                 })
        {
            CudaElementwise.PreparePadding(backend.Device, type);
            float[] values = KernelMemory.Noise((long)batch * height * width * channels, 1, type);
            float[] expected = new float[(long)batch * wideHeight * wideWidth * channels];
            for (int i = 0; i < values.Length; i++)
            {
                int c = i % channels, x = i / channels % width, y = i / channels / width % height, n = i / channels / width / height;
                expected[(((((n * wideHeight) + y + top) * wideWidth) + x + left) * channels) + c] = values[i];
            }
            using var memory = new KernelMemory(backend);
            DeviceSpan<byte> narrow = memory.Of(values, type, offset), wide = memory.Room(expected.Length, type, offset),
                back = memory.Room(values.Length, type, offset);
            CudaElementwise.Pad(backend.Device, type, narrow.Address, wide.Address, shape);
            Assert.Equal(expected, memory.Read(wide, type));
            CudaElementwise.Crop(backend.Device, type, wide.Address, back.Address, shape);
            Assert.Equal(values, memory.Read(back, type));
            memory.AssertGuards();
        }
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_refused()
    {
        using var backend = Open();
        Assert.Throws<ArgumentException>(() => CudaElementwise.Pad(backend.Device, ElementType.Float32, 0, 0, new Padding(1, 4, 4, 1, 1, 1, 4, 5)));
    }
}

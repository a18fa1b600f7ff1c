using System.Runtime.InteropServices;
using FaceSwap.Compute;
using FaceSwap.Compute.Cuda;

namespace FaceSwap.Cuda.Tests.Kernels;

/// <summary>Device memory for one check of a kernel: tensors at chosen offsets from 256-byte alignment, with a pattern on both sides.</summary>
internal sealed class KernelMemory(CudaBackend backend) : IDisposable
{
    private const int Guard = 256;
    private const byte Pattern = 0xA5, NaN = 0xFF;

    private readonly List<(DeviceBuffer Buffer, int Start, long Bytes)> blocks = [];

    /// <summary>A tensor with values, rounded to its type.</summary>
    public DeviceSpan<byte> Of(ReadOnlySpan<float> values, ElementType type, int offset = 0)
    {
        if (type == ElementType.Float32)
            return Of(MemoryMarshal.AsBytes(values), offset);
        var narrow = new ushort[values.Length];
        for (int i = 0; i < narrow.Length; i++)
            narrow[i] = BFloat16Bits.FromSingle(values[i]);
        return Of(MemoryMarshal.AsBytes(narrow.AsSpan()), offset);
    }

    /// <summary>A tensor with these bytes.</summary>
    public DeviceSpan<byte> Of(ReadOnlySpan<byte> content, int offset = 0)
    {
        int start = Guard + offset;
        var all = new byte[start + content.Length + Guard];
        all.AsSpan().Fill(Pattern);
        content.CopyTo(all.AsSpan(start));
        DeviceBuffer buffer = backend.Allocate(all.Length, "kernel test");
        blocks.Add((buffer, start, content.Length));
        backend.Upload<byte>(all, buffer.Span<byte>());
        return buffer.Span<byte>().Slice(start, content.Length);
    }

    /// <summary>A tensor of NaN, to be written.</summary>
    public DeviceSpan<byte> Room(long count, ElementType type, int offset = 0)
    {
        var content = new byte[count * type.Bytes()];
        content.AsSpan().Fill(NaN);
        return Of(content, offset);
    }

    /// <summary>A tensor's values.</summary>
    public float[] Read(DeviceSpan<byte> span, ElementType type)
    {
        var bytes = new byte[span.Length];
        backend.Download(span, bytes);
        if (type == ElementType.Float32)
            return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        return [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(BFloat16Bits.ToSingle)];
    }

    /// <summary>Asserts that nothing was written beside any tensor.</summary>
    public void AssertGuards()
    {
        foreach ((DeviceBuffer buffer, int start, long bytes) in blocks)
        {
            var all = new byte[buffer.ByteLength];
            backend.Download(buffer.Span<byte>(), all);
            Assert.Equal(-1, all.AsSpan(0, start).IndexOfAnyExcept(Pattern));
            Assert.Equal(-1, all.AsSpan(start + (int)bytes).IndexOfAnyExcept(Pattern));
        }
    }

    public void Dispose()
    {
        foreach ((DeviceBuffer buffer, _, _) in blocks)
            buffer.Dispose();
    }

    /// <summary>Numbers in [−1, 1), the same for the same seed, rounded to a type.</summary>
    public static float[] Noise(long count, int seed, ElementType type = ElementType.Float32)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (long i = 0; i < count; i++)
        {
            float value = (2 * random.NextSingle()) - 1;
            values[i] = type == ElementType.Float32 ? value : BFloat16Bits.ToSingle(BFloat16Bits.FromSingle(value));
        }
        return values;
    }

    /// <summary>A number as the type stores it.</summary>
    public static float Round(float value, ElementType type) =>
        type == ElementType.Float32 ? value : BFloat16Bits.ToSingle(BFloat16Bits.FromSingle(value));
}

using System.Runtime.InteropServices;
using FaceSwap.Compute;

namespace FaceSwap.Benchmarks;

/// <summary>An operation of a backend with the memory that it works on, ready to be run again and again.</summary>
/// <param name="backend">Where it runs; outlives it.</param>
internal abstract class KernelWork(IBackend backend) : IDisposable
{
    private const int PatternLength = 1 << 16;
    private readonly List<IDisposable> owned = [];

    /// <summary>Enqueues it.</summary>
    public abstract void Run();

    public void Dispose()
    {
        for (int i = owned.Count - 1; i >= 0; i--)
            owned[i].Dispose();
        owned.Clear();
    }

    protected IBackend Backend => backend;

    protected T Own<T>(T part) where T : IDisposable
    {
        owned.Add(part);
        return part;
    }

    protected DeviceSpan<byte> Bytes(long count, string label) => Own(backend.Allocate(Math.Max(count, 64), label)).Span<byte>();

    /// <summary>Numbers of both signs around 0, as wide as given: zeros would hide what branches and denormals cost.</summary>
    protected DeviceSpan<byte> Numbers(long count, ElementType type, string label, float scale = 1)
    {
        // Blocks are whole lines; operations take exactly what they were created for.
        DeviceSpan<byte> span = Bytes(count * type.Bytes(), label).Slice(0, count * type.Bytes());
        Fill(span, count, type, scale);
        return span;
    }

    protected DeviceSpan<float> Numbers(long count, string label, float scale = 1) => Numbers(count, ElementType.Float32, label, scale).As<float>();

    protected void Fill(DeviceSpan<byte> span, long count, ElementType type, float scale)
    {
        var random = new Random(1);
        byte[] pattern = new byte[PatternLength * type.Bytes()];
        for (int i = 0; i < PatternLength; i++)
        {
            float value = ((random.NextSingle() * 2) - 1) * scale;
            if (type == ElementType.BFloat16)
                MemoryMarshal.Write(pattern.AsSpan(i * 2), (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
            else
                MemoryMarshal.Write(pattern.AsSpan(i * 4), value);
        }
        long bytes = count * type.Bytes();
        for (long at = 0; at < bytes; at += pattern.Length)
        {
            int length = (int)Math.Min(pattern.Length, bytes - at);
            backend.Upload<byte>(pattern.AsSpan(0, length), span.Slice(at, length));
        }
    }
}

using System.Runtime.InteropServices;

namespace FaceSwap.Compute.Conformance;

/// <summary>
/// A backend's memory for one case. Every buffer lies between two guard regions of a fixed pattern; outputs and workspace start as NaN, so
/// that neither an element left out nor one added to can pass; inputs are kept to see whether they were written to.
/// </summary>
internal sealed class Rig(IBackend backend) : IDisposable
{
    private const int Guard = 1792; // bytes on each side: keeps the 64-byte alignment that a plan gives; four draws of augmentation or one slot of the compositor long
    private const byte GuardPattern = 0xA5, NaNPattern = 0xFF;

    private readonly List<Block> blocks = [];

    private sealed record Block(DeviceBuffer Buffer, string Name, long Bytes, byte[]? Kept);

    /// <summary>Bytes that the operation only reads.</summary>
    public DeviceSpan<byte> Input(string name, ReadOnlySpan<byte> content) => Add(name, content, keep: true);

    /// <summary>fp32 numbers that the operation only reads.</summary>
    public DeviceSpan<float> Input(string name, ReadOnlySpan<float> content) => Input(name, MemoryMarshal.AsBytes(content)).As<float>();

    /// <summary>An activation that the operation only reads, stored as <paramref name="type"/>.</summary>
    public DeviceSpan<byte> Activation(string name, ReadOnlySpan<float> content, ElementType type) => Input(name, Store(content, type));

    /// <summary>Content that the operation may change.</summary>
    public DeviceSpan<byte> InOut(string name, ReadOnlySpan<byte> content) => Add(name, content, keep: false);

    /// <summary>An activation that the operation may change.</summary>
    public DeviceSpan<byte> InOutActivation(string name, ReadOnlySpan<float> content, ElementType type) => InOut(name, Store(content, type));

    /// <summary>Room for a result or for scratch, filled with NaN.</summary>
    public DeviceSpan<byte> Output(string name, long bytes)
    {
        var content = new byte[bytes];
        content.AsSpan().Fill(NaNPattern);
        return Add(name, content, keep: false);
    }

    /// <summary>An activation or an fp32 result on the host.</summary>
    public float[] Read(DeviceSpan<byte> span, ElementType type)
    {
        var bytes = new byte[span.Length];
        backend.Download(span, bytes);
        if (type == ElementType.Float32)
            return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        ReadOnlySpan<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(bytes);
        var values = new float[narrow.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = BFloat16Bits.ToSingle(narrow[i]);
        return values;
    }

    /// <summary>An fp32 result on the host.</summary>
    public float[] Read(DeviceSpan<float> span) => Read(span.As<byte>(), ElementType.Float32);

    /// <summary>Counts an input as it is now as its content, after an import has filled it.</summary>
    public void Keep(DeviceSpan<byte> span)
    {
        int index = blocks.FindIndex(b => b.Buffer == span.Buffer);
        var content = new byte[blocks[index].Bytes];
        backend.Download(span, content);
        blocks[index] = blocks[index] with { Kept = content };
    }

    /// <summary>Says which guard or input was written to, or null.</summary>
    public string? Breach()
    {
        foreach (Block block in blocks)
        {
            var all = new byte[block.Buffer.ByteLength];
            backend.Download(block.Buffer.Span<byte>(), all);
            int before = all.AsSpan(0, Guard).IndexOfAnyExcept(GuardPattern);
            if (before >= 0)
                return $"wrote {Guard - before} bytes before {block.Name}";
            int after = all.AsSpan(Guard + (int)block.Bytes).IndexOfAnyExcept(GuardPattern);
            if (after >= 0)
                return $"wrote {after} bytes after the end of {block.Name}";
            if (block.Kept is { } kept && !all.AsSpan(Guard, kept.Length).SequenceEqual(kept))
                return $"wrote to its input {block.Name}";
        }
        return null;
    }

    public void Dispose()
    {
        foreach (Block block in blocks)
            block.Buffer.Dispose();
    }

    private DeviceSpan<byte> Add(string name, ReadOnlySpan<byte> content, bool keep)
    {
        DeviceBuffer buffer = backend.Allocate(content.Length + (2 * Guard), $"conformance: {name}");
        blocks.Add(new Block(buffer, name, content.Length, keep ? content.ToArray() : null));
        var all = new byte[buffer.ByteLength];
        all.AsSpan().Fill(GuardPattern);
        content.CopyTo(all.AsSpan(Guard));
        backend.Upload<byte>(all, buffer.Span<byte>());
        return buffer.Span<byte>().Slice(Guard, content.Length);
    }

    private static byte[] Store(ReadOnlySpan<float> content, ElementType type)
    {
        if (type == ElementType.Float32)
            return MemoryMarshal.AsBytes(content).ToArray();
        var narrow = new ushort[content.Length];
        for (int i = 0; i < narrow.Length; i++)
            narrow[i] = BFloat16Bits.FromSingle(content[i]);
        return MemoryMarshal.AsBytes(narrow.AsSpan()).ToArray();
    }
}

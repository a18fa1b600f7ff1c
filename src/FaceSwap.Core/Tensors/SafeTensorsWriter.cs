using System.Runtime.InteropServices;

namespace FaceSwap.Core.Tensors;

/// <summary>
/// Writes a safetensors file to a stream in one pass: the layout is fixed first, then every tensor's elements follow in that order, in
/// pieces of any size. The stream stays open.
/// </summary>
public sealed class SafeTensorsWriter
{
    private readonly Stream stream;
    private int next;
    private long written; // bytes of tensor `next`

    /// <summary>Writes the header.</summary>
    public SafeTensorsWriter(Stream stream, SafeTensorsHeader header)
    {
        (this.stream, Header) = (stream, header);
        stream.Write(header.ToBytes());
        SkipEmpty();
    }

    /// <summary>The layout.</summary>
    public SafeTensorsHeader Header { get; }

    /// <summary>Writes the next elements of the tensor that is due.</summary>
    /// <exception cref="InvalidOperationException">The elements are of another type, or more than the tensor has.</exception>
    public void Write<T>(ReadOnlySpan<T> elements) where T : unmanaged
    {
        if (elements.IsEmpty)
            return;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(elements);
        if (next == Header.Tensors.Count || SafeTensorsReader.TypeOf<T>() != Header.Tensors[next].Type
            || written + bytes.Length > Header.Tensors[next].ByteLength)
        {
            throw new InvalidOperationException($"{elements.Length} elements of {typeof(T)} do not belong to tensor {next} of {Header.Tensors.Count}");
        }
        stream.Write(bytes);
        written += bytes.Length;
        if (written == Header.Tensors[next].ByteLength)
        {
            next++;
            written = 0;
            SkipEmpty();
        }
    }

    /// <summary>Asserts that every tensor has been written.</summary>
    /// <exception cref="InvalidOperationException">Something is missing.</exception>
    public void Complete()
    {
        if (next != Header.Tensors.Count)
            throw new InvalidOperationException($"tensor '{Header.Tensors[next].Name}' is incomplete: {written} of {Header.Tensors[next].ByteLength} bytes");
    }

    private void SkipEmpty()
    {
        while (next < Header.Tensors.Count && Header.Tensors[next].ByteLength == 0)
            next++;
    }
}

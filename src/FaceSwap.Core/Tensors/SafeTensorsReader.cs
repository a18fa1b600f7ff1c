using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FaceSwap.Core.Tensors;

/// <summary>Reads a safetensors file tensor by tensor; only what is asked for is read. May be used by several threads.</summary>
public sealed class SafeTensorsReader : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly long dataStart;

    private SafeTensorsReader(SafeFileHandle file, string path, SafeTensorsHeader header, long dataStart)
    {
        (this.file, this.path, Header, this.dataStart) = (file, path, header, dataStart);
    }

    /// <summary>Names, types, shapes and metadata.</summary>
    public SafeTensorsHeader Header { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">The file is no safetensors file or is damaged; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SafeTensorsReader Open(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw new InvalidDataException($"'{path}' is no sound safetensors file: it is empty or not a regular file");
        SafeFileHandle file = RegularFile.OpenHandle(path);
        try
        {
            long length = RandomAccess.GetLength(file);
            byte[] prefix = new byte[8];
            if (length < 8)
                throw new InvalidDataException($"it is only {length} bytes long");
            ReadExactly(file, prefix, 0);
            long headerLength = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            if (headerLength < 2 || headerLength > Math.Min(SafeTensorsHeader.MaxLength, length - 8))
                throw new InvalidDataException($"its header claims {headerLength} bytes in a file of {length}");
            byte[] json = new byte[headerLength];
            ReadExactly(file, json, 8);
            return new SafeTensorsReader(file, path, SafeTensorsHeader.Parse(json, length - 8 - headerLength), 8 + headerLength);
        }
        catch (InvalidDataException e)
        {
            file.Dispose();
            throw new InvalidDataException($"'{path}' is not a sound safetensors file: {e.Message}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a whole tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">As many elements as it has, of its type.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, it has another type or size, or not all its elements are finite numbers.</exception>
    public void Read<T>(string name, Span<T> destination) where T : unmanaged =>
        ReadChecked(name, destination, dataStart + Require<T>(name, destination.Length).Offset);

    /// <summary>Reads a part of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="first">Index of the part's first element.</param>
    /// <param name="destination">As many elements as are wanted, of its type.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, it has another type, or not all the elements are finite numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has fewer elements.</exception>
    public void Read<T>(string name, long first, Span<T> destination) where T : unmanaged
    {
        SafeTensorInfo tensor = Require<T>(name, null);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + destination.Length, tensor.Count, nameof(first));
        ReadChecked(name, destination, dataStart + tensor.Offset + (first * Unsafe.SizeOf<T>()));
    }

    /// <summary>Looks at a tensor without reading it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="count">Elements that it must have; null: any number.</param>
    /// <exception cref="InvalidDataException">There is no such tensor, or it has another type or size.</exception>
    public SafeTensorInfo Require<T>(string name, long? count) where T : unmanaged
    {
        SafeTensorInfo tensor;
        try
        {
            tensor = Header[name];
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}': {e.Message}", e);
        }
        if (TypeOf<T>() != tensor.Type || tensor.Count != (count ?? tensor.Count))
        {
            throw new InvalidDataException(
                $"'{path}': tensor '{name}' is {tensor.Type} with {tensor.Count} elements where {TypeOf<T>()} with {count ?? tensor.Count} was expected");
        }
        return tensor;
    }

    /// <summary>The type that <typeparamref name="T"/> is stored as.</summary>
    internal static SafeTensorType TypeOf<T>() => typeof(T) == typeof(float) ? SafeTensorType.F32
        : typeof(T) == typeof(long) ? SafeTensorType.I64
        : throw new NotSupportedException($"tensors of {typeof(T)} are not stored");

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void ReadChecked<T>(string name, Span<T> destination, long offset) where T : unmanaged
    {
        ReadExactly(file, MemoryMarshal.AsBytes(destination), offset);
        if (typeof(T) == typeof(float) && !FiniteNumbers.Only(MemoryMarshal.Cast<T, float>(destination)))
            throw new InvalidDataException($"'{path}': tensor '{name}' holds a number that is infinite or none (NaN)");
    }

    private static void ReadExactly(SafeFileHandle file, Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            int count = RandomAccess.Read(file, destination, offset);
            if (count == 0)
                throw new InvalidDataException("it ends too early");
            destination = destination[count..];
            offset += count;
        }
    }
}

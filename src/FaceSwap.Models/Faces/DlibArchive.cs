using System.Buffers.Binary;
using System.Text;

namespace FaceSwap.Models;

/// <summary>
/// dlib's serialisation (<c>dlib/serialize.h</c>), read from memory. An integer is a control byte (its sign and its number of bytes) and its
/// magnitude, least byte first; a floating-point number is two integers, mantissa and exponent; a string its length and bytes; a tensor its version,
/// four sizes and 32-bit little-endian floats.
/// </summary>
/// <exception cref="InvalidDataException">Thrown by every method: the data end, or are not what was expected there.</exception>
internal ref struct DlibArchive(ReadOnlySpan<byte> data)
{
    private const int TensorVersion = 2, AliasVersion = 1, MostText = 256;
    private const long Infinity = 32_000;

    private readonly ReadOnlySpan<byte> data = data;
    private int at;

    /// <summary>Bytes that are left.</summary>
    public readonly int Left => data.Length - at;

    public long Integer()
    {
        byte control = Byte();
        int count = control & 0x7f;
        if (count is < 1 or > 8)
            throw new InvalidDataException($"an integer of {count} bytes");
        ulong value = 0;
        ReadOnlySpan<byte> bytes = Bytes(count);
        for (int i = 0; i < count; i++)
            value |= (ulong)bytes[i] << (8 * i);
        if (value > long.MaxValue)
            throw new InvalidDataException("an integer too large");
        return (control & 0x80) != 0 ? -(long)value : (long)value;
    }

    /// <summary>An integer that must lie within bounds.</summary>
    public int Integer(string what, int least, int most)
    {
        long value = Integer();
        return value >= least && value <= most ? (int)value : throw new InvalidDataException($"{what} {value} where {Range(least, most)} was expected");
    }

    /// <summary>A sequence of integers and nothing else there.</summary>
    public void Expect(string what, params ReadOnlySpan<int> values)
    {
        foreach (int value in values)
            Integer(what, value, value);
    }

    public double Number()
    {
        long mantissa = Integer();
        int exponent = Integer("exponent", short.MinValue, short.MaxValue);
        if (exponent >= Infinity)
            throw new InvalidDataException("a number that is infinite or none");
        return Math.ScaleB(mantissa, exponent);
    }

    public bool Flag() => Byte() switch
    {
        (byte)'1' => true,
        (byte)'0' => false,
        byte other => throw new InvalidDataException($"a truth value of {other}"),
    };

    public string Text()
    {
        int length = Integer("a text's length", 0, MostText);
        return Encoding.Latin1.GetString(Bytes(length));
    }

    /// <summary>A text that must be one of these.</summary>
    public string Text(params ReadOnlySpan<string> possible)
    {
        string text = Text();
        return possible.Contains(text)
            ? text
            : throw new InvalidDataException($"'{Printable(text)}' where '{string.Join("' or '", possible!)}' was expected");
    }

    public byte Byte() => Bytes(1)[0];

    /// <summary>A tensor's values.</summary>
    /// <param name="shape">(samples, channels, rows, columns).</param>
    public float[] Tensor(out (int N, int K, int Rows, int Columns) shape)
    {
        Integer("tensor version", TensorVersion, TensorVersion);
        shape = Shape();
        long count = Count(shape);
        if (count * sizeof(float) > Left)
            throw new InvalidDataException("the data end within a tensor");
        var values = new float[count];
        ReadOnlySpan<byte> bytes = Bytes((int)count * sizeof(float));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
            if (!float.IsFinite(values[i]))
                throw new InvalidDataException("a weight that is infinite or no number");
        }
        return values;
    }

    /// <summary>A tensor that only training needs, passed over.</summary>
    public void SkipTensor()
    {
        Integer("tensor version", TensorVersion, TensorVersion);
        long bytes = Count(Shape()) * sizeof(float);
        if (bytes > Left)
            throw new InvalidDataException("the data end within a tensor");
        at += (int)bytes;
    }

    /// <summary>The shape of a part of a tensor.</summary>
    public (int N, int K, int Rows, int Columns) Alias()
    {
        Integer("alias version", AliasVersion, AliasVersion);
        return Shape();
    }

    private (int N, int K, int Rows, int Columns) Shape() => (Size(), Size(), Size(), Size());

    private int Size() => Integer("size", 0, 1 << 24);

    // Four sizes below 2²⁴ could overflow; anything above the data's length will do.
    private static long Count((int N, int K, int Rows, int Columns) shape)
    {
        double count = (double)shape.N * shape.K * shape.Rows * shape.Columns;
        return count < 1 << 28 ? (long)count : 1 << 28;
    }

    private ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > Left)
            throw new InvalidDataException("the data end too early");
        ReadOnlySpan<byte> bytes = data.Slice(at, count);
        at += count;
        return bytes;
    }

    private static string Range(int least, int most) => least == most ? $"{least}" : $"{least} to {most}";

    private static string Printable(string text) => new([.. text.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ' ' ? c : '?')]);
}

namespace FaceSwap.Media;

/// <summary>Whether frames are made of two fields of different moments, and which is shown first.</summary>
public enum FieldOrder
{
    /// <summary>A frame is a picture of one moment.</summary>
    Progressive,

    /// <summary>Interlaced; the field with the first row is shown first.</summary>
    TopFirst,

    /// <summary>Interlaced; the field with the second row is shown first.</summary>
    BottomFirst,
}

/// <summary>What a stream says of its pictures beside their samples: fields, HDR10's mastering display and light level, spherical and stereoscopic
/// projection, ICC profile. A <see cref="VideoReader"/> gives it and a writer takes it, as it is, within one process.</summary>
public sealed class VideoSignal : IEquatable<VideoSignal>
{
    private readonly byte[] bytes;

    internal VideoSignal(ReadOnlySpan<byte> bytes, FieldOrder fields) => (this.bytes, Fields) = (bytes.ToArray(), fields);

    /// <summary>Whether it is interlaced, by its header or its first frame.</summary>
    public FieldOrder Fields { get; }

    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>Whether both say the same.</summary>
    public bool Equals(VideoSignal? other) => other is not null && Fields == other.Fields && bytes.AsSpan().SequenceEqual(other.bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VideoSignal);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = new();
        hash.Add(Fields);
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}

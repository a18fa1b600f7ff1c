using System.Runtime.CompilerServices;

namespace FaceSwap.Core.Frames;

/// <summary>Samples of 8 bits and of more, in code that is compiled for <see cref="byte"/> and for <see cref="ushort"/>.</summary>
public static class Sample
{
    /// <summary>A sample as a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Value<T>(T sample) where T : unmanaged => typeof(T) == typeof(byte) ? (byte)(object)sample : (ushort)(object)sample;

    /// <summary>A number that a sample can hold, truncated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Truncated<T>(float value) where T : unmanaged => typeof(T) == typeof(byte) ? (T)(object)(byte)value : (T)(object)(ushort)value;
}

namespace FaceSwap.Compute;

/// <summary>
/// Device spans of the processor's backends as pointers. Work on the processor is done when the enqueueing call returns, and the caller
/// holds the buffers for that long, so a pointer never outlives its owner.
/// </summary>
public static unsafe class HostSpan
{
    /// <summary>The first element, after checking that the span has exactly <paramref name="count"/> elements.</summary>
    /// <exception cref="ArgumentException">The span is of another length.</exception>
    public static T* Pointer<T>(DeviceSpan<T> span, long count, string name) where T : unmanaged
    {
        if (span.Length != count || (span.Buffer is null && count != 0))
            throw new ArgumentException($"{name} has {span.Length} elements where the operation was created for {count}", name);
        return (T*)span.Address;
    }

    /// <summary>The first element of an fp32 activation that travels as bytes.</summary>
    /// <exception cref="ArgumentException">The span is of another length.</exception>
    public static float* Floats(DeviceSpan<byte> span, long count, string name) =>
        (float*)Pointer(span, count * sizeof(float), name);

    /// <summary>The span as managed memory.</summary>
    /// <exception cref="OverflowException">More elements than a managed span can have.</exception>
    public static Span<T> Managed<T>(DeviceSpan<T> span) where T : unmanaged =>
        span.Length == 0 ? [] : new Span<T>((void*)span.Address, checked((int)span.Length));
}

namespace FaceSwap.Compute.Cuda;

/// <summary>Device spans as device pointers. Enqueued work may outlast the call: whoever enqueues it keeps the buffer until it is done.</summary>
internal static class CudaSpan
{
    /// <summary>The first element's device pointer, after checking that the span has exactly <paramref name="count"/> elements.</summary>
    /// <exception cref="ArgumentException">The span is of another length, or not device memory.</exception>
    public static nint Pointer<T>(DeviceSpan<T> span, long count, string name) where T : unmanaged
    {
        if (span.Length != count)
            throw new ArgumentException($"{name} has {span.Length} elements where the operation was created for {count}", name);
        if (count == 0)
            return 0;
        return span.Buffer is CudaBuffer ? span.Address : throw new ArgumentException($"{name} is not memory of a CUDA device", name);
    }
}

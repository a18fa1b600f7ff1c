using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>What a capture holds against calls that could break it (<c>CUstreamCaptureMode</c> of cuda.h).</summary>
public enum CudaCaptureMode
{
    Global = 0,
    ThreadLocal = 1,
    Relaxed = 2,
}

/// <summary>Whether a stream is being captured (<c>CUstreamCaptureStatus</c> of cuda.h).</summary>
public enum CudaCaptureStatus
{
    None = 0,
    Active = 1,
    Invalidated = 2,
}

public static unsafe partial class CudaNative
{
    [LibraryImport(Library)]
    internal static partial CudaResult cuStreamCreate(nint* stream, uint flags);

    [LibraryImport(Library)]
    internal static partial CudaResult cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamSynchronize(SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamQuery(SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamWaitEvent(SafeCudaStreamHandle stream, SafeCudaEventHandle happened, uint flags);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamBeginCapture_v2(SafeCudaStreamHandle stream, CudaCaptureMode mode);

    [LibraryImport(Library)]
    internal static partial CudaResult cuStreamEndCapture(SafeCudaStreamHandle stream, nint* graph);

    [LibraryImport(Library)]
    public static partial CudaResult cuStreamIsCapturing(SafeCudaStreamHandle stream, CudaCaptureStatus* status);

    [LibraryImport(Library)]
    internal static partial CudaResult cuEventCreate(nint* created, uint flags);

    [LibraryImport(Library)]
    internal static partial CudaResult cuEventDestroy_v2(nint destroyed);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventRecord(SafeCudaEventHandle recorded, SafeCudaStreamHandle stream);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventSynchronize(SafeCudaEventHandle awaited);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventQuery(SafeCudaEventHandle asked);

    [LibraryImport(Library)]
    public static partial CudaResult cuEventElapsedTime(float* milliseconds, SafeCudaEventHandle start, SafeCudaEventHandle end);
}

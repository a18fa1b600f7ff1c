namespace FaceSwap.Interop;

/// <summary>cuDNN 9's statuses that this program tells apart (<c>cudnnStatus_t</c> of cudnn_graph.h); any other value keeps its number.</summary>
public enum CudnnStatus
{
    Success = 0,
    NotInitialized = 1001,
    SublibraryVersionMismatch = 1002,
    SublibraryLoadingFailed = 1008,
    BadParam = 2000,
    NotSupported = 3000,
    InternalError = 4000,
    DeviceAllocationFailed = 4004,
    ExecutionFailed = 5000,
}

/// <summary>Facts about statuses.</summary>
public static class CudnnStatusExtensions
{
    /// <summary>Whether the library says that it cannot do what was asked (category 3000), or that it failed to compile it (4000): either way
    /// this engine is not for this graph, and another may be.</summary>
    public static bool IsRefusal(this CudnnStatus status) => (int)status is >= 3000 and < 5000;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A failure that cuBLAS or cuBLASLt reported.</summary>
public sealed class CublasException : Exception
{
    /// <summary>Makes an exception of a failed call.</summary>
    /// <param name="status">What it returned.</param>
    /// <param name="call">The call as written in the source, or what was attempted.</param>
    /// <param name="device">The device, as a person knows it.</param>
    public CublasException(CublasStatus status, string call, string device)
        : base($"{call} failed on {device}: {NameOf(status)} ({(int)status})")
    {
        Status = status;
        Call = call;
        Device = device;
    }

    /// <summary>What the call returned.</summary>
    public CublasStatus Status { get; }

    /// <summary>The call as written in the source.</summary>
    public string Call { get; }

    /// <summary>The device.</summary>
    public string Device { get; }

    /// <summary>Throws unless the call succeeded.</summary>
    public static void ThrowIfFailed(CublasStatus status, string device, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != CublasStatus.Success)
            throw new CublasException(status, call, device);
    }

    /// <summary>The library's name of a status, for example <c>CUBLAS_STATUS_NOT_SUPPORTED</c>.</summary>
    public static unsafe string NameOf(CublasStatus status) =>
        Marshal.PtrToStringUTF8((nint)CublasLtNative.cublasLtGetStatusName(status)) ?? status.ToString();
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A failure reported by the shim: the status, and the sentence that the native side left for this thread.</summary>
public sealed class ShimException : Exception
{
    /// <summary>Makes an exception of a failed call.</summary>
    public ShimException(ShimStatus status, string message, string call) : base(message)
    {
        Status = status;
        Call = call;
    }

    /// <summary>The status returned.</summary>
    public ShimStatus Status { get; }

    /// <summary>The call as written in the source.</summary>
    public string Call { get; }

    /// <summary>Returns an outcome (zero or positive) and throws for a failure.</summary>
    public static ShimStatus ThrowIfFailed(ShimStatus status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status < 0)
            Throw(status, call);
        return status;
    }

    private static unsafe void Throw(ShimStatus status, string call)
    {
        string message = Marshal.PtrToStringUTF8((nint)ShimNative.fs_core_last_error()) ?? "";
        throw new ShimException(status, message.Length > 0 ? message : $"{call} failed with {status}", call);
    }
}

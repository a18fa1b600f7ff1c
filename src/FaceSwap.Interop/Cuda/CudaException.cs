using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceSwap.Interop;

/// <summary>A failure that the CUDA driver reported.</summary>
public sealed class CudaException : Exception
{
    /// <summary>Makes an exception of a failed call.</summary>
    /// <param name="result">What it returned.</param>
    /// <param name="call">The call as written in the source, or what was attempted.</param>
    /// <param name="device">The device, as a person knows it.</param>
    /// <param name="details">More to say, such as the compiler's log; may be empty.</param>
    public CudaException(CudaResult result, string call, string device, string details = "")
        : base($"{call} failed on {device}: {NameOf(result)} ({(int)result}), {TextOf(result)}{(details.Length > 0 ? "\n" + details : "")}")
    {
        Result = result;
        Name = NameOf(result);
        Call = call;
        Device = device;
    }

    /// <summary>What the call returned.</summary>
    public CudaResult Result { get; }

    /// <summary>Its name in cuda.h.</summary>
    public string Name { get; }

    /// <summary>The call as written in the source.</summary>
    public string Call { get; }

    /// <summary>The device.</summary>
    public string Device { get; }

    /// <summary>Throws unless the call succeeded.</summary>
    public static void ThrowIfFailed(CudaResult result, string device, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != CudaResult.Success)
            throw new CudaException(result, call, device);
    }

    /// <summary>The driver's name of a status, for example <c>CUDA_ERROR_OUT_OF_MEMORY</c>.</summary>
    public static unsafe string NameOf(CudaResult result)
    {
        byte* text = null;
        return NativeLibraries.Probe(CudaNative.Library).IsAvailable && CudaNative.cuGetErrorName(result, &text) == CudaResult.Success
            ? Marshal.PtrToStringUTF8((nint)text) ?? result.ToString()
            : result.ToString();
    }

    private static unsafe string TextOf(CudaResult result)
    {
        byte* text = null;
        return NativeLibraries.Probe(CudaNative.Library).IsAvailable && CudaNative.cuGetErrorString(result, &text) == CudaResult.Success
            ? Marshal.PtrToStringUTF8((nint)text) ?? ""
            : "an error that the driver has no text for";
    }
}

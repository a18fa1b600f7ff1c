using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FaceSwap.Interop;

/// <summary>A failure that cuDNN reported.</summary>
public sealed class CudnnException : Exception
{
    private const int LongestText = 4096;

    /// <summary>Makes an exception of a failed call.</summary>
    /// <param name="status">What it returned.</param>
    /// <param name="call">The call as written in the source, or what was attempted.</param>
    /// <param name="device">The device, as a person knows it.</param>
    public CudnnException(CudnnStatus status, string call, string device)
        : base($"{call} failed on {device}: {NameOf(status)} ({(int)status}){Details()}")
    {
        Status = status;
        Call = call;
        Device = device;
    }

    /// <summary>What the call returned.</summary>
    public CudnnStatus Status { get; }

    /// <summary>The call as written in the source.</summary>
    public string Call { get; }

    /// <summary>The device.</summary>
    public string Device { get; }

    /// <summary>Throws unless the call succeeded.</summary>
    public static void ThrowIfFailed(CudnnStatus status, string device, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != CudnnStatus.Success)
            throw new CudnnException(status, call, device);
    }

    /// <summary>The library's name of a status, for example <c>CUDNN_STATUS_NOT_SUPPORTED</c>.</summary>
    public static unsafe string NameOf(CudnnStatus status) =>
        Marshal.PtrToStringUTF8((nint)CudnnNative.cudnnGetErrorString(status)) ?? status.ToString();

    /// <summary>What the library last had to say on this thread, and forgets when it is asked.</summary>
    public static unsafe string LastText()
    {
        byte* text = stackalloc byte[LongestText];
        text[0] = 0;
        CudnnNative.cudnnGetLastErrorString(text, LongestText);
        int length = new ReadOnlySpan<byte>(text, LongestText).IndexOf((byte)0);
        return Encoding.UTF8.GetString(text, length < 0 ? LongestText : length).Trim();
    }

    private static string Details() => LastText() is { Length: > 0 } text ? ": " + text : "";
}

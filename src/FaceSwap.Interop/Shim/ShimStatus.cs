namespace FaceSwap.Interop;

/// <summary>What an export of the shim returns (<c>fs_abi.h</c>): outcomes are zero or positive, failures negative.</summary>
public enum ShimStatus
{
    Ok = 0,
    EndOfStream = 1,
    Unsupported = 2,
    Again = 3,
    InvalidArgument = -1,
    OutOfMemory = -2,
    NotFound = -3,
    InvalidData = -4,
    IoError = -5,
    NoSpace = -6,
    Permission = -7,
    Internal = -100,
}

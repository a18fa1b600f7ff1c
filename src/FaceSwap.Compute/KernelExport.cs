namespace FaceSwap.Compute;

/// <summary>Whether an operation gives its kernel back: only in training, since for inference it may be stored rounded.</summary>
internal static class KernelExport
{
    /// <exception cref="InvalidOperationException">The operation was created for inference.</exception>
    public static void Require(bool training)
    {
        if (!training)
            throw new InvalidOperationException("an operation created for inference does not give its kernel back");
    }
}

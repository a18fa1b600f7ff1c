namespace FaceSwap.Compute.Cuda;

/// <summary>How a CUDA device is used.</summary>
/// <param name="Ordinal">The device's number among those that the driver shows.</param>
/// <param name="Deterministic">Only algorithms that give the same bits every time.</param>
/// <param name="CacheFolder">Where the choice of algorithms is kept from run to run; null: the user's cache folder.</param>
/// <param name="Tell">Is told, in a sentence every few seconds, how far the choice of algorithms is while it holds up the first start.</param>
public sealed record CudaOptions(int Ordinal = 0, bool Deterministic = false, string? CacheFolder = null, Action<string>? Tell = null);

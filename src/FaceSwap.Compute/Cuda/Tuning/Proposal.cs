namespace FaceSwap.Compute.Cuda;

/// <summary>A way to do a piece of work that may turn out not to exist.</summary>
/// <param name="Name">Names it among all ways for the same work, the same from run to run.</param>
/// <param name="Build">Makes it ready, or gives null. Only to be called before the next proposal is asked for: what it needs is let go of then.</param>
internal readonly record struct Proposal<T>(string Name, Func<T?> Build) where T : class, IDisposable;

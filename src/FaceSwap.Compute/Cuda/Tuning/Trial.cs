namespace FaceSwap.Compute.Cuda;

/// <summary>How a way is tried out.</summary>
/// <param name="ScratchBytes">Scratch that a way needs.</param>
/// <param name="OperandBytes">Memory of everything else that <paramref name="Run"/> reads and writes.</param>
/// <param name="Run">Enqueues the work: the way, the operands' memory, the scratch, both 256-byte aligned.</param>
/// <param name="Accept">Whether the results are good, asked once before a way is first chosen; null: they are.</param>
/// <param name="Restore">Makes a remembered way ready by its name alone; null, or an answer of null: it is looked for among the proposals.</param>
internal sealed record Trial<T>(Func<T, long> ScratchBytes, long OperandBytes, Action<T, nint, nint> Run, Func<T, nint, nint, bool>? Accept = null,
    Func<string, T?>? Restore = null)
    where T : class, IDisposable;

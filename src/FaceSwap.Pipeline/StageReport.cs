namespace FaceSwap.Pipeline;

/// <summary>What one stage of a pipeline did.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Threads">Threads that share its work; stages that one thread does in turn count one each.</param>
/// <param name="BusySeconds">Time spent working rather than waiting, summed over its threads.</param>
/// <param name="Busy">The same as a share of its threads' time, 0..1.</param>
/// <param name="FramesPerSecond">What it could do alone, if nothing else made it wait; 0 when it did nothing.</param>
/// <param name="QueueDepth">Items that waited for it on average when it came for one; null: it takes from another stage directly.</param>
/// <param name="QueueCapacity">Items that can wait.</param>
public sealed record StageReport(string Stage, int Threads, double BusySeconds, double Busy, double FramesPerSecond, double? QueueDepth, int? QueueCapacity);

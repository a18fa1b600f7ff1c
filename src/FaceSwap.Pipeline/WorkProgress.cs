namespace FaceSwap.Pipeline;

/// <summary>A moment of a long job.</summary>
/// <param name="Stage">What is being done, in words: <c>extract A</c>, <c>train</c>, <c>convert</c>.</param>
/// <param name="Done">Units finished.</param>
/// <param name="Total">Units in all; 0 when unknown.</param>
/// <param name="Unit">What is counted: <c>frames</c>, <c>iterations</c>.</param>
/// <param name="Rate">Units a second of late.</param>
/// <param name="Remaining">Time left; null when unknown.</param>
/// <param name="Detail">More, for people: losses, faces found.</param>
public sealed record WorkProgress(string Stage, long Done, long Total, string Unit, double Rate, TimeSpan? Remaining, string Detail);

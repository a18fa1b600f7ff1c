using FaceSwap.Compute;
using FaceSwap.Models;

namespace FaceSwap.Cli.Bench;

/// <summary>What to measure and for how long.</summary>
internal sealed record BenchOptions(ModelDefinition Model, int BatchSize, Precision Precision, double Seconds, string? Input, CancellationToken Cancellation);

using FaceSwap.Compute;
using FaceSwap.Models;

namespace FaceSwap.Cli.Bench;

/// <summary>What to measure and for how long.</summary>
internal sealed record BenchOptions(ModelDefinition Model, int BatchSize, Precision Precision, double Seconds, string? Input, CancellationToken Cancellation)
{
    /// <summary>Model to convert with, made where there is none; null: a fresh one for this run.</summary>
    public string? ModelDirectory { get; init; }
}

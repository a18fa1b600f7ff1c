using FaceSwap.Cli.Infrastructure;
using FaceSwap.Compute;
using FaceSwap.Models;

namespace FaceSwap.Cli.Bench;

/// <summary>What to measure and for how long.</summary>
internal sealed record BenchOptions(ModelDefinition Model, int BatchSize, ReasonedPrecision TrainingChoice, double Seconds, string? Input, CancellationToken Cancellation)
{
    /// <summary>Arithmetic of whatever only runs the network, and why.</summary>
    public required ReasonedPrecision InferenceChoice { get; init; }

    /// <summary>Arithmetic of training.</summary>
    public Precision Precision => TrainingChoice.Precision;

    /// <summary>Arithmetic of whatever only runs the network.</summary>
    public Precision InferencePrecision => InferenceChoice.Precision;

    /// <summary>Model to convert with, made where there is none; null: a fresh one for this run.</summary>
    public string? ModelDirectory { get; init; }
}

using FaceSwap.Compute;

namespace FaceSwap.Pipeline.Train;

/// <summary>What to train on what, and when to stop. With no limit set, training goes on until cancelled.</summary>
public sealed record TrainOptions
{
    /// <summary>Folder of aligned faces of identity A.</summary>
    public required string InputA { get; init; }

    /// <summary>Folder of aligned faces of identity B.</summary>
    public required string InputB { get; init; }

    /// <summary>Folder of the model's checkpoint; made if missing, continued from if it holds one.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>Model by its registered name: <c>Original</c>, <c>LowMem</c>, <c>Light</c>; null: that of the checkpoint, otherwise <c>Original</c>.</summary>
    public string? Trainer { get; init; }

    /// <summary>Samples a half-iteration; 0: the largest batch that fits into the device's memory, but no more than the identity with fewer faces has.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Arithmetic, whatever the model was trained in so far; null: a model goes on in its own, a new one begins in <see cref="NewPrecision"/>.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Arithmetic of a new model; null: what the device prefers (<see cref="IBackend.ChoosePrecision"/>). A model of before goes on in its own then too, except
    /// where the device has one fixed preference, as a GPU does.</summary>
    public Precision? NewPrecision { get; init; } = Compute.Precision.Fp32;

    /// <summary>Learning rate; null: the model's own.</summary>
    public float? LearningRate { get; init; }

    /// <summary>Seed of weights and random stream of a new model.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Stop when the model has had this many iterations in all; 0: no such limit.</summary>
    public long Iterations { get; init; }

    /// <summary>Stop after this time, counted from the first iteration; null: no such limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Stop when the mean loss of both sides over the last 100 iterations is at most this; null: no such limit.</summary>
    public double? TargetLoss { get; init; }

    /// <summary>Iterations between saves; more where saving would otherwise take over 5 % of the training's time or 10 % of the disk's.</summary>
    public int SaveInterval { get; init; } = 100;

    /// <summary>File for the original/own/swapped grid, written at every save; null: none.</summary>
    public string? PreviewPath { get; init; }

    /// <summary>File for the loss curve, written at every save; null: <c>loss.png</c> in the model's folder. The numbers are always written, as
    /// <c>loss.csv</c> in the model's folder (iteration, loss_A, loss_B).</summary>
    public string? LossCurvePath { get; init; }

    /// <summary>The name of this stage in progress reports.</summary>
    public string Stage { get; init; } = "train";
}

/// <summary>Why training stopped.</summary>
public enum TrainStop
{
    /// <summary>The iteration count was reached.</summary>
    Iterations,

    /// <summary>The time was up.</summary>
    Time,

    /// <summary>The loss was reached.</summary>
    Loss,

    /// <summary>Cancelled by the caller (Ctrl+C).</summary>
    Cancelled,
}

/// <summary>What training did.</summary>
public sealed record TrainSummary(string Model, long FirstIteration, long LastIteration, double LossA, double LossB, TrainStop Stop, TimeSpan Elapsed)
{
    /// <summary>Samples a half-iteration, as given or chosen.</summary>
    public int BatchSize { get; init; }
}

using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>Adam's numbers for a training run.</summary>
/// <param name="LearningRate">lr.</param>
/// <param name="Beta1">β1, 0.5 in the classic models.</param>
/// <param name="Beta2">β2.</param>
/// <param name="Epsilon">ε, outside the bias correction.</param>
public readonly record struct OptimizerSpec(float LearningRate, float Beta1 = 0.5f, float Beta2 = 0.999f, float Epsilon = 1e-7f)
{
    /// <summary>What a model is trained with unless told otherwise.</summary>
    public static OptimizerSpec For(ModelDefinition model) => new(model.LearningRate);
}

/// <summary>An identity's aligned faces in device memory, and how samples are made of them.</summary>
/// <param name="Faces">(F, S, S, 3) BGR bytes; must outlive the plan.</param>
/// <param name="Augment">Its batch, size and input type must be the plan's.</param>
public sealed record TrainingFaces(DeviceSpan<byte> Faces, AugmentSpec Augment);

/// <summary>The mean absolute errors of one iteration, each of the state before its update.</summary>
/// <param name="A">Of A's autoencoder.</param>
/// <param name="B">Of B's.</param>
public readonly record struct TrainingLosses(float A, float B);

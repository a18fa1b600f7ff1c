using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>What <c>state.json</c> of a checkpoint says.</summary>
/// <param name="FormatVersion">Version of the checkpoint's layout: <see cref="CurrentVersion"/>.</param>
/// <param name="Model">Registered name of the model.</param>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Updates">Updates of both autoencoders done: Adam's t.</param>
/// <param name="Seed">Seed of initial weights and training samples.</param>
/// <param name="LearningRate">Adam's learning rate.</param>
/// <param name="BatchSize">Samples an update.</param>
/// <param name="Precision">Arithmetic.</param>
/// <param name="Losses">Loss history.</param>
/// <param name="Faces">Which faces it was trained on; null where that was not written down.</param>
public sealed record CheckpointState(int FormatVersion, string Model, long Iteration, long Updates, ulong Seed, float LearningRate,
    int BatchSize, Precision Precision, LossHistory.Snapshot Losses, TrainedFaces? Faces = null)
{
    /// <summary>The version that this program writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The largest learning rate that is taken: steps of Adam of this length in weights below one learn nothing.</summary>
    public const float MostLearningRate = 1;

    /// <summary>The largest batch.</summary>
    public const int MostBatch = 4096;

    // A thousand years at a thousand a second.
    private const long MostIterations = 100_000_000_000_000;

    /// <summary>As UTF-8 JSON.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.CheckpointState);

    /// <summary>Reads UTF-8 JSON.</summary>
    /// <exception cref="InvalidDataException">It is malformed or of another version.</exception>
    internal static CheckpointState FromJson(ReadOnlySpan<byte> json)
    {
        CheckpointState? state;
        try
        {
            state = JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointState);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"state.json is malformed: {e.Message}", e);
        }
        if (state is null || state.Model is null || state.Losses is null)
            throw new InvalidDataException("state.json is incomplete");
        if (state.FormatVersion != CurrentVersion)
            throw new InvalidDataException($"state.json has version {state.FormatVersion} and this program reads version {CurrentVersion}");
        Require(state.Iteration is >= 0 and <= MostIterations, "iteration", state.Iteration);
        Require(state.Updates is >= 0 and <= MostIterations, "updates", state.Updates);
        Require(state.LearningRate is > 0 and <= MostLearningRate, "learning_rate", state.LearningRate);
        Require(state.BatchSize is > 0 and <= MostBatch, "batch_size", state.BatchSize);
        Require(Enum.IsDefined(state.Precision), "precision", (int)state.Precision);
        try
        {
            LossHistory.Restore(state.Losses);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"state.json: {e.Message}", e);
        }
        return state;
    }

    private static void Require(bool sound, string field, double value)
    {
        if (!sound)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"state.json has a {field} of {value}"));
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = false,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;

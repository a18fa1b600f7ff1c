using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Core.Tensors;

namespace FaceSwap.Models;

/// <summary>
/// One verified generation of a checkpoint: its state, and its tensors to be read. Found by <see cref="CheckpointFolder.Open"/>.
/// </summary>
public sealed class Checkpoint : IWeightSource
{
    // Of the state and of the list of checksums; a state with a full history of losses has a hundredth of it.
    private const int MostText = 16 << 20;

    private readonly string folder;
    private readonly Dictionary<string, (long Length, uint Checksum)> checksums;

    private Checkpoint(string folder, long generation, CheckpointState state, ModelDefinition model, Dictionary<string, (long Length, uint Checksum)> checksums) =>
        (this.folder, Generation, State, Model, this.checksums) = (folder, generation, state, model, checksums);

    /// <summary>Number of the generation.</summary>
    public long Generation { get; }

    /// <summary>Iteration, random seed, losses and so on.</summary>
    public CheckpointState State { get; }

    /// <summary>The model.</summary>
    public ModelDefinition Model { get; }

    /// <summary>Path of the safetensors file that holds a part.</summary>
    public string PathOf(string part) => Path.Combine(folder, CheckpointFiles.OfPart(part));

    /// <summary>What tells the weights of some parts from those of another checkpoint without reading them: the iteration, lengths and verified checksums.</summary>
    public string Distinguish(IEnumerable<string> parts) => string.Join(' ',
        parts.Select(p => checksums[CheckpointFiles.OfPart(p)]).Select(c => FormattableString.Invariant($"{c.Checksum:x8}-{c.Length}"))
            .Prepend(FormattableString.Invariant($"iteration {State.Iteration}")));

    /// <summary>Reads the weights of some parts; the others stay zero.</summary>
    /// <param name="parts">Parts that were verified on opening.</param>
    /// <exception cref="UserErrorException">A file does not hold the tensors of the model, or can no longer be read.</exception>
    public ModelWeights ReadWeights(IEnumerable<string> parts) => Reading(() =>
    {
        ModelWeights weights = new(Model);
        foreach (string part in parts.Distinct())
        {
            using SafeTensorsReader reader = OpenPart(part);
            foreach (TensorInfo tensor in Model.TensorsOf(part))
                reader.Read<float>(tensor.Name, weights[tensor]);
        }
        return weights;
    });

    /// <summary>Reads the weights of an identity's autoencoder, verified on opening, a part at a time.</summary>
    /// <exception cref="UserErrorException">A file does not hold the tensors of the model, or can no longer be read; or not enough memory.</exception>
    public void Read(Side side, Func<TensorInfo, int> unit, TensorTaker take)
    {
        using CheckpointWeights weights = OpenWeights(side);
        weights.Read(side, unit, take);
    }

    /// <summary>Opens the weights of an identity's autoencoder, verified on opening, to be read later.</summary>
    /// <exception cref="UserErrorException">A file does not hold the tensors of the model, or can no longer be read.</exception>
    public CheckpointWeights OpenWeights(Side side) => new(this, side);

    /// <summary>Restores a training plan: all weights, moments and counters.</summary>
    /// <exception cref="UserErrorException">A file does not hold the tensors of the model, or can no longer be read.</exception>
    public void Restore(TrainingPlan plan) => Reading(() =>
    {
        float[] first = new float[Model.Tensors.Max(t => t.Count)], second = new float[first.Length];
        foreach (PartDefinition part in Model.Parts)
        {
            using SafeTensorsReader reader = OpenPart(part.Name);
            foreach (TensorInfo tensor in Model.TensorsOf(part.Name))
            {
                Span<float> weights = first.AsSpan(0, tensor.Count);
                reader.Read(tensor.Name, weights);
                plan.Import(tensor, weights);
            }
        }
        using SafeTensorsReader optimizer = SafeTensorsReader.Open(Path.Combine(folder, CheckpointFiles.Optimizer));
        foreach ((Side side, TensorInfo tensor) in CheckpointWriter.MomentTensors(Model))
        {
            Span<float> m = first.AsSpan(0, tensor.Count), v = second.AsSpan(0, tensor.Count);
            optimizer.Read(CheckpointWriter.MomentName(side, tensor, 'm'), m);
            optimizer.Read(CheckpointWriter.MomentName(side, tensor, 'v'), v);
            plan.ImportMoments(side, tensor, m, v);
        }
        plan.Iteration = State.Iteration;
        plan.Step = State.Updates;
        return true;
    });

    /// <summary>Opens a generation and verifies the files that will be read.</summary>
    /// <param name="folder">The generation's folder.</param>
    /// <param name="generation">Its number.</param>
    /// <param name="files">Chooses what to verify besides state.json.</param>
    /// <exception cref="InvalidDataException">Something is damaged or missing.</exception>
    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="UserErrorException">The state names a model that this program does not have.</exception>
    internal static Checkpoint Open(string folder, long generation, Func<ModelDefinition, IEnumerable<string>> files)
    {
        Dictionary<string, (long Length, uint Checksum)> expected =
            CheckpointFiles.ReadChecksums(RegularFile.ReadAllBytes(Path.Combine(folder, CheckpointFiles.Checksums), MostText));
        byte[] buffer = new byte[1 << 20];
        Verify(CheckpointFiles.State);
        CheckpointState state = CheckpointState.FromJson(RegularFile.ReadAllBytes(Path.Combine(folder, CheckpointFiles.State), MostText));
        ModelDefinition model = ModelZoo.Get(state.Model);
        foreach (string file in files(model))
            Verify(file);
        return new Checkpoint(folder, generation, state, model, expected);

        void Verify(string file)
        {
            if (!expected.TryGetValue(file, out (long Length, uint Checksum) entry))
                throw new InvalidDataException($"{file} is not listed in {CheckpointFiles.Checksums}");
            if (Checksum.OfFile(Path.Combine(folder, file), entry.Length, buffer) != entry.Checksum)
                throw new InvalidDataException($"{file} does not have its checksum");
        }
    }

    internal SafeTensorsReader OpenPart(string part) => SafeTensorsReader.Open(PathOf(part));

    internal TResult Reading<TResult>(Func<TResult> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The checkpoint in '{folder}' cannot be loaded as model {Model.Name}: {e.Message.TrimEnd('.')}.", e);
        }
    }
}

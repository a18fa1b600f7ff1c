using System.Security.Cryptography;
using System.Text;
using FaceSwap.Compute;
using FaceSwap.Core;
using FaceSwap.Models;

namespace FaceSwap.Pipeline.Convert;

/// <summary>A trained model's network for one direction: the shared encoder and the decoder of the identity that is put in.</summary>
internal sealed class SwapNetwork : IDeviceNetwork
{
    // Two cores are within 4 % of their best with 4 faces, more cores want more to share; every face of a batch delays a frame and holds it in memory.
    private static readonly int ProcessorBatch = Environment.ProcessorCount > 4 ? 8 : 4;

    // A GPU is busy with this many; more only need memory.
    private const int GpuBatch = 64;

    private readonly InferencePlan plan;
    private readonly Checkpoint checkpoint;
    private readonly IReadOnlyList<string> parts;
    private readonly CancellationTokenSource closed = new();
    private readonly Lazy<string> hash;
    private readonly CheckpointWeights weights;
    private readonly Lock gate = new();
    private Task? loading;
    private bool loaded;

    private SwapNetwork(InferencePlan plan, Checkpoint checkpoint, CheckpointWeights weights, IReadOnlyList<string> parts, BackendInfo backend)
    {
        hash = new Lazy<string>(Hash);
        Device = $"{backend.Name} on {backend.Device} with {backend.Threads} threads";
        this.plan = plan;
        this.checkpoint = checkpoint;
        this.weights = weights;
        this.parts = parts;
    }

    public int Size => plan.Model.InputSize;

    public int BatchSize => plan.Batch;

    /// <summary>The model's name.</summary>
    public string ModelName => plan.Model.Name;

    /// <summary>What it runs on.</summary>
    public string Device { get; }

    /// <summary>Arithmetic of the network.</summary>
    public Precision Precision => plan.Precision;

    /// <summary>Opens the newest sound generation of the checkpoint, and reserves the memory. A video may begin, or end, without a face: the weights are read at the first
    /// <see cref="Run"/>, or on a thread of their own from <see cref="BeginLoading"/> on.</summary>
    /// <param name="options">Which model, how.</param>
    /// <param name="backend">Where it runs.</param>
    /// <param name="warn">Takes sentences about what is not as it should be.</param>
    /// <param name="note">Takes what was chosen.</param>
    /// <param name="begun">The precision of earlier work that is gone on with.</param>
    /// <exception cref="UserErrorException">No checkpoint, a damaged one, one of another model, or not enough memory.</exception>
    public static SwapNetwork Open(ConvertOptions options, IBackend backend, Action<string>? warn, Action<string>? note = null, Precision? begun = null)
    {
        Side side = options.SwapModel ? Side.A : Side.B;
        using CheckpointFolder folder = CheckpointFolder.ForReading(options.ModelDirectory);
        Checkpoint checkpoint = folder.Open(options.Trainer, warn, side);
        IReadOnlyList<string> parts = checkpoint.Model.Path(side);
        Precision precision = WorkPrecision.Choose(backend, training: false, options.Precision, begun, standard: null, warn, note);
        bool cuda = backend.Info.Name == "cuda";
        InferencePlan Prepare(int batch) => new(backend, checkpoint.Model, side, batch, precision);
        // Held open: whoever trains this model meanwhile replaces the files.
        CheckpointWeights weights = checkpoint.OpenWeights(side);
        InferencePlan? plan = null;
        try
        {
            if (options.BatchSize > 0)
            {
                plan = Prepare(options.BatchSize);
            }
            else
            {
                BatchChoice choice = BatchFit.Choose(backend.Memory, batch => PlanMemory.Inference(checkpoint.Model, side, batch, precision),
                    cuda ? GpuBatch : ProcessorBatch);
                plan = BatchFit.Make(choice.Batch, Prepare);
                note?.Invoke($"batch size: {plan.Batch}");
            }
            SwapNetwork network = new(plan, checkpoint, weights, parts, backend.Info);
            // Whoever has a GPU has memory for the weights; and they go there on the thread that has the device.
            if (cuda)
                network.Load();
            return network;
        }
        catch
        {
            plan?.Dispose();
            weights.Dispose();
            throw;
        }
    }

    public DeviceSpan<byte> Input => plan.Input;

    public ElementType InputType => plan.InputType;

    public DeviceSpan<float> Output => plan.Output;

    /// <summary>Begins to read the weights on a thread of its own, if nothing did so yet. What goes wrong is said by the first <see cref="Run"/>.</summary>
    public void BeginLoading()
    {
        lock (gate)
            loading ??= loaded ? Task.CompletedTask : Task.Run(Load);
    }

    /// <summary>Reads the weights, unless that is done; waits for the thread that does.</summary>
    /// <exception cref="UserErrorException">They cannot be read.</exception>
    public void Load()
    {
        lock (gate)
        {
            if (loaded || closed.IsCancellationRequested)
                return;
            plan.Load(weights);
            weights.Dispose();
            loaded = true;
        }
    }

    public IRecording Record(Action before, Action after)
    {
        Load();
        return plan.Record(before, after);
    }

    public void Run(ReadOnlySpan<float> input, Span<float> output)
    {
        Load();
        plan.Run(input, output);
    }

    /// <summary>Begins to read the weights' files for <see cref="Describe"/>, beside whatever else there is to do first.</summary>
    public void BeginDescription() => Task.Run(() => hash.Value);

    /// <summary>What tells this model from another without its hash.</summary>
    public string Distinguish() => checkpoint.Distinguish(parts);

    /// <summary>For the provenance record: the hash is over the weights' files of the parts used.</summary>
    public ProvenanceModel Describe(string direction) => new(ModelName, direction, checkpoint.State.Iteration, hash.Value);

    public void Dispose()
    {
        closed.Cancel();
        (loading as IAsyncResult)?.AsyncWaitHandle.WaitOne();
        weights.Dispose();
        plan.Dispose();
    }

    private string Hash()
    {
        string hashes = string.Concat(parts.Select(p => $"{Provenance.Describe(checkpoint.PathOf(p), closed.Token).Sha256}  {p}\n"));
        return System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashes)));
    }
}

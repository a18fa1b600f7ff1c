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

    private SwapNetwork(InferencePlan plan, Checkpoint checkpoint, IReadOnlyList<string> parts, BackendInfo backend)
    {
        hash = new Lazy<string>(Hash);
        Device = $"{backend.Name} on {backend.Device} with {backend.Threads} threads";
        this.plan = plan;
        this.checkpoint = checkpoint;
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

    /// <summary>Loads the newest sound generation of the checkpoint.</summary>
    /// <exception cref="UserErrorException">No checkpoint, a damaged one, one of another model, or not enough memory.</exception>
    public static SwapNetwork Load(ConvertOptions options, IBackend backend, Action<string>? warn, Action<string>? note = null)
    {
        Side side = options.SwapModel ? Side.A : Side.B;
        using CheckpointFolder folder = CheckpointFolder.ForReading(options.ModelDirectory);
        Checkpoint checkpoint = folder.Open(options.Trainer, warn, side);
        IReadOnlyList<string> parts = checkpoint.Model.Path(side);
        Precision precision = options.Precision ?? (backend.Supports(Precision.Bf16) ? Precision.Bf16 : Precision.Fp32);
        if (!backend.Supports(precision))
            throw new UserErrorException($"{backend.Info.Device} does not compute in {precision} natively; choose --precision fp32");
        InferencePlan Prepare(int batch) => new(backend, checkpoint, side, batch, precision);
        if (options.BatchSize > 0)
            return new SwapNetwork(Prepare(options.BatchSize), checkpoint, parts, backend.Info);
        BatchChoice choice = BatchFit.Choose(backend.Memory, batch => PlanMemory.Inference(checkpoint.Model, side, batch, precision),
            backend.Info.Name == "cuda" ? GpuBatch : ProcessorBatch);
        var network = new SwapNetwork(BatchFit.Make(choice.Batch, Prepare), checkpoint, parts, backend.Info);
        note?.Invoke($"batch size: {network.BatchSize}");
        return network;
    }

    public DeviceSpan<byte> Input => plan.Input;

    public ElementType InputType => plan.InputType;

    public DeviceSpan<float> Output => plan.Output;

    public IRecording Record(Action before, Action after) => plan.Record(before, after);

    public void Run(ReadOnlySpan<float> input, Span<float> output) => plan.Run(input, output);

    /// <summary>Begins to read the weights' files for <see cref="Describe"/>, beside whatever else there is to do first.</summary>
    public void BeginDescription() => Task.Run(() => hash.Value);

    /// <summary>For the provenance record: the hash is over the weights' files of the parts used.</summary>
    public ProvenanceModel Describe(string direction) => new(ModelName, direction, checkpoint.State.Iteration, hash.Value);

    public void Dispose()
    {
        closed.Cancel();
        plan.Dispose();
    }

    private string Hash()
    {
        string hashes = string.Concat(parts.Select(p => $"{Provenance.Describe(checkpoint.PathOf(p), closed.Token).Sha256}  {p}\n"));
        return System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashes)));
    }
}

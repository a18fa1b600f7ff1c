using System.Runtime.InteropServices;
using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>
/// Both autoencoders ready to train at a fixed batch: all memory is taken here and afterwards an iteration allocates nothing. Parameters
/// of all parts are one slab, the gradients of one autoencoder one slab, and the moments of each autoencoder one slab. Operations and
/// activations are shared by both identities, since their updates alternate. An instance is used from one thread at a time, as its backend is.
/// </summary>
public sealed partial class TrainingPlan : IDisposable
{
    private readonly IBackend backend;
    private readonly PlanResources resources = new();
    private readonly Slab parameters;
    private readonly TrainingHalf[] halves; // by Side
    private readonly IRecording[] updates; // by Side
    private readonly ISigmoidL1 sigmoid;
    private readonly ImageInput images;
    private readonly DeviceSpan<byte> input; // (N, s, s, 3), activation type
    private readonly DeviceSpan<byte> gradient, spare; // gradients of activations, each as large as the largest
    private readonly DeviceSpan<float> target; // (N, s, s, 3)
    private readonly DeviceSpan<float> output; // (N, s, s, 3)
    private readonly DeviceSpan<float> losses; // [A, B]
    private readonly DeviceSpan<long> step; // t of Adam: updates done
    private readonly DeviceSpan<long> iteration; // iterations done
    private readonly IRecording? wholeIteration;
    private readonly IReadback? lossReadback; // with faces only
    private bool kernelsStale = true;

    /// <summary>Prepares a plan. Weights are zero until <see cref="Load"/> or <see cref="Import"/>.</summary>
    /// <param name="backend">Where it runs; must outlive the plan.</param>
    /// <param name="model">The model.</param>
    /// <param name="batch">Images in each update.</param>
    /// <param name="precision">Arithmetic. Weights, gradients and moments are fp32 always.</param>
    /// <param name="optimizer">Adam's numbers.</param>
    /// <param name="facesA">A's faces; null when only <see cref="Update"/> is used.</param>
    /// <param name="facesB">B's faces; null exactly when <paramref name="facesA"/> is.</param>
    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    public TrainingPlan(IBackend backend, ModelDefinition model, int batch, Precision precision, OptimizerSpec optimizer,
        TrainingFaces? facesA = null, TrainingFaces? facesB = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (facesA is null != facesB is null)
            throw new ArgumentException("faces of both identities or of none");
        (this.backend, Model, Batch, Precision) = (backend, model, batch, precision);
        try
        {
            var options = new LayerOptions(batch, precision, Training: true);
            var networks = model.Parts.ToDictionary(p => p.Name, p => resources.Own(new PartNetwork(backend, model, p, options,
                first: p.Name == model.Path(Side.A)[0] || p.Name == model.Path(Side.B)[0])));
            LayerNode[][] nodes = [.. Sides.Select(s => model.Path(s).SelectMany(p => networks[p].Nodes).ToArray())];

            parameters = new Slab(model.Parts.Select(p => networks[p.Name]));
            parameters.Bind(resources.Allocate<float>(backend, parameters.Length, "the network's weights"));
            Slab[] gradients = [.. Sides.Select(s => new Slab(model.Path(s).Select(p => networks[p])))];
            DeviceSpan<float> gradientBlock = resources.Allocate<float>(backend, gradients.Max(g => g.Length), "gradients");

            DeviceSpan<byte> activations = resources.Allocate<byte>(backend, nodes.Max(n => ActivationMemory.KeepAll(n, options)), "activations");
            long largest = nodes.Max(n => ActivationMemory.Largest(n, options));
            gradient = resources.Allocate<byte>(backend, largest, "gradients of activations");
            spare = resources.Allocate<byte>(backend, largest, "gradients of activations");
            DeviceSpan<byte> workspace = resources.Allocate<byte>(backend, ActivationMemory.Workspace(nodes.SelectMany(n => n)),
                "the operations' workspace");
            long imageElements = (long)batch * model.ImageCount;
            input = resources.Allocate<byte>(backend,
                ActivationMemory.Bytes(new TensorShape(model.InputSize, model.InputSize, 3), options), "the network's input");
            target = resources.Allocate<float>(backend, imageElements, "the training target");
            output = resources.Allocate<float>(backend, imageElements, "the network's output");
            losses = resources.Allocate<float>(backend, 2, "losses");
            step = resources.Allocate<long>(backend, 1, "the step counter");
            iteration = resources.Allocate<long>(backend, 1, "the iteration counter");
            images = new ImageInput(backend, input, imageElements, precision, resources);
            sigmoid = resources.Own(backend.CreateSigmoidL1(new SigmoidL1Spec(imageElements, precision)));

            halves = [.. Sides.Select(side =>
            {
                int i = (int)side;
                gradients[i].Bind(gradientBlock);
                var chain = new LayerChain(nodes[i], parameters, gradients[i],
                    ActivationMemory.PlaceAll(input, activations, nodes[i], options), workspace);
                return new TrainingHalf(backend, resources, [.. model.Path(side).Select(p => networks[p])], chain, parameters, gradients[i],
                    optimizer, side == Side.A ? facesA : facesB);
            })];
            // An operation may need memory for what it derives from its kernel, and a recording cannot allocate: each is told now where its kernel lies.
            foreach (TrainingHalf half in halves)
                half.Chain.KernelsChanged();
            updates = [.. Sides.Select(side => resources.Own(backend.Record(() => EnqueueUpdate(side))))];
            if (facesA is not null)
            {
                wholeIteration = resources.Own(backend.Record(EnqueueIteration));
                lossReadback = resources.Own(backend.CreateReadback(2 * sizeof(float), IterationsAhead));
            }
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    /// <summary>Iterations whose losses may be on their way (<see cref="EnqueueLosses"/>): so far may the device lag behind.</summary>
    public const int IterationsAhead = 8;

    private static Side[] Sides { get; } = [Side.A, Side.B];

    /// <summary>The model.</summary>
    public ModelDefinition Model { get; }

    /// <summary>Images in each update.</summary>
    public int Batch { get; }

    /// <summary>Arithmetic.</summary>
    public Precision Precision { get; }

    /// <summary>Updates done, both autoencoders counted: Adam's t of the last one. Reading waits for enqueued work.</summary>
    public long Step
    {
        get => Read(step);
        set => backend.Upload([value], step);
    }

    /// <summary>Iterations done; the number of the next one's training samples. Reading waits for enqueued work.</summary>
    public long Iteration
    {
        get => Read(iteration);
        set => backend.Upload([value], iteration);
    }

    /// <summary>Enqueues one iteration from the faces: samples of A, forward, loss, backward, Adam; the same for B; iteration + 1.</summary>
    /// <exception cref="InvalidOperationException">The plan was made without faces.</exception>
    public void RunIteration()
    {
        if (wholeIteration is null)
            throw new InvalidOperationException("this plan was made without faces");
        RefreshKernels();
        wholeIteration.Run();
    }

    /// <summary>Enqueues copying the last iteration's losses to the host, to be taken with <see cref="TryTakeLosses"/> or <see cref="TakeLosses"/>
    /// in the order enqueued.</summary>
    /// <exception cref="InvalidOperationException"><see cref="IterationsAhead"/> of them have not been taken, or the plan was made without faces.</exception>
    public void EnqueueLosses() => Readback.Enqueue(losses.As<byte>());

    /// <summary>Losses enqueued and not taken.</summary>
    public int LossesUnderWay => Readback.Count;

    /// <summary>Takes the oldest losses if they have arrived; never waits.</summary>
    public bool TryTakeLosses(out TrainingLosses taken)
    {
        Span<float> values = stackalloc float[2];
        bool arrived = Readback.TryTake(MemoryMarshal.AsBytes(values));
        taken = new TrainingLosses(values[0], values[1]);
        return arrived;
    }

    /// <summary>Takes the oldest losses, waiting for them.</summary>
    /// <exception cref="InvalidOperationException">None were enqueued.</exception>
    public TrainingLosses TakeLosses()
    {
        Span<float> values = stackalloc float[2];
        Readback.Take(MemoryMarshal.AsBytes(values));
        return new TrainingLosses(values[0], values[1]);
    }

    /// <summary>The losses of the last iteration, or of the last <see cref="Update"/> of each side. Waits for enqueued work.</summary>
    public TrainingLosses ReadLosses()
    {
        Span<float> values = stackalloc float[2];
        backend.Download(losses, values);
        return new TrainingLosses(values[0], values[1]);
    }

    /// <summary>One update of one autoencoder from given samples; does not count as an iteration.</summary>
    /// <param name="side">Which.</param>
    /// <param name="inputNhwc">(N, s, s, 3) BGR in 0..1, the whole batch.</param>
    /// <param name="targetNhwc">The same shape.</param>
    /// <returns>The loss before the update.</returns>
    public float Update(Side side, ReadOnlySpan<float> inputNhwc, ReadOnlySpan<float> targetNhwc)
    {
        if (inputNhwc.Length != output.Length)
            throw new ArgumentException($"{inputNhwc.Length} elements are not a batch of {output.Length}", nameof(inputNhwc));
        images.Upload(inputNhwc);
        backend.Upload(targetNhwc, target);
        RefreshKernels();
        updates[(int)side].Run();
        TrainingLosses now = ReadLosses();
        return side == Side.A ? now.A : now.B;
    }

    /// <summary>Runs images through an autoencoder as it is now: for previews, without an inference plan beside this one.</summary>
    /// <param name="side">Whose decoder.</param>
    /// <param name="inputNhwc">(n, s, s, 3) BGR in 0..1, 1 ≤ n ≤ <see cref="Batch"/>.</param>
    /// <param name="outputNhwc">The same shape; overwritten.</param>
    public void Predict(Side side, ReadOnlySpan<float> inputNhwc, Span<float> outputNhwc)
    {
        InferencePlan.CheckImages(Model, Batch, inputNhwc.Length, outputNhwc.Length);
        images.Upload(inputNhwc);
        RefreshKernels();
        LayerChain chain = halves[(int)side].Chain;
        chain.Forward();
        sigmoid.Sigmoid(chain.Output, output);
        backend.Download(output.Slice(0, outputNhwc.Length), outputNhwc);
    }

    /// <summary>What a part of an autoencoder made in its last forward pass, in fp32.</summary>
    /// <param name="side">Whose autoencoder.</param>
    /// <param name="part">A part of its path.</param>
    /// <param name="nhwc">(N, part's output), the whole batch; overwritten.</param>
    public void ReadPartOutput(Side side, string part, Span<float> nhwc)
    {
        DeviceSpan<byte> values = halves[(int)side].PartOutput(part);
        using DeviceBuffer widened = backend.Allocate(values.Length / images.ElementType.Bytes() * sizeof(float), "a part's output");
        backend.Convert(values, images.ElementType, widened.Span<byte>(), ElementType.Float32);
        backend.Download(widened.Span<float>(), nhwc);
    }

    /// <summary>The samples that the next iteration will be given, in fp32.</summary>
    /// <param name="side">Whose faces.</param>
    /// <param name="inputNhwc">(N, s, s, 3) BGR in 0..1: the warped images; overwritten.</param>
    /// <param name="targetNhwc">The same shape: the unwarped ones; overwritten.</param>
    public void Sample(Side side, Span<float> inputNhwc, Span<float> targetNhwc)
    {
        halves[(int)side].EnqueueSamples(iteration, input, target);
        backend.Convert(input, images.ElementType, output.As<byte>(), ElementType.Float32);
        backend.Download(output, inputNhwc);
        backend.Download(target, targetNhwc);
    }

    /// <inheritdoc/>
    public void Dispose() => resources.Dispose();

    private IReadback Readback => lossReadback ?? throw new InvalidOperationException("this plan was made without faces");

    private void EnqueueIteration()
    {
        foreach (Side side in Sides)
        {
            halves[(int)side].EnqueueSamples(iteration, input, target);
            EnqueueUpdate(side);
        }
        backend.Increment(iteration, 1);
    }

    private void EnqueueUpdate(Side side)
    {
        TrainingHalf half = halves[(int)side];
        half.Chain.Forward();
        sigmoid.Forward(half.Chain.Output, target, output, losses.Slice((int)side, 1), gradient.Slice(0, half.Chain.Output.Length));
        half.Chain.Backward(gradient, spare);
        backend.Increment(step, 1);
        half.EnqueueAdam(step);
        half.Chain.KernelsChanged();
    }

    private void RefreshKernels()
    {
        if (!kernelsStale)
            return;
        foreach (TrainingHalf half in halves)
            half.Chain.KernelsChanged();
        kernelsStale = false;
    }

    private long Read(DeviceSpan<long> counter)
    {
        Span<long> value = stackalloc long[1];
        backend.Download(counter, value);
        return value[0];
    }
}

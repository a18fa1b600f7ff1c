using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>
/// One identity's autoencoder ready to run on a batch: operations, weights and memory are prepared here once; running allocates nothing.
/// An instance is used from one thread at a time, as its backend is.
/// </summary>
public sealed class InferencePlan : IDisposable
{
    private readonly IBackend backend;
    private readonly PlanResources resources = new();
    private readonly Slab parameters;
    private readonly LayerChain chain;
    private readonly ISigmoidL1 sigmoid;
    private readonly ImageInput images;
    private IRecording? pass;

    /// <summary>Prepares a plan with the weights of a source, of which it keeps only what inference reads.</summary>
    /// <param name="backend">Where it runs; must outlive the plan.</param>
    /// <param name="weights">Where the weights come from.</param>
    /// <param name="side">Whose decoder: the identity that comes out.</param>
    /// <param name="batch">Largest number of images in one run.</param>
    /// <param name="precision">Arithmetic.</param>
    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory, or the weights cannot be read.</exception>
    public InferencePlan(IBackend backend, IWeightSource weights, Side side, int batch, Precision precision) : this(backend, weights.Model, side, batch, precision)
    {
        try
        {
            Load(weights);
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a plan without weights: <see cref="Load"/> must be called before it runs or is recorded.</summary>
    /// <param name="backend">Where it runs; must outlive the plan.</param>
    /// <param name="model">The model.</param>
    /// <param name="side">Whose decoder: the identity that comes out.</param>
    /// <param name="batch">Largest number of images in one run.</param>
    /// <param name="precision">Arithmetic.</param>
    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    public InferencePlan(IBackend backend, ModelDefinition model, Side side, int batch, Precision precision)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        (this.backend, Model, Side, Batch, Precision) = (backend, model, side, batch, precision);
        try
        {
            var options = new LayerOptions(batch, precision, Training: false);
            List<PartNetwork> networks = [];
            foreach (string part in Model.Path(side))
                networks.Add(resources.Own(new PartNetwork(backend, Model, Model.Part(part), options, first: networks.Count == 0)));
            LayerNode[] nodes = [.. networks.SelectMany(n => n.Nodes)];
            parameters = new Slab(networks);
            parameters.Bind(resources.Allocate<float>(backend, parameters.Length, "the network's weights"));
            var inputShape = new TensorShape(Model.InputSize, Model.InputSize, 3);
            (long evenBytes, long oddBytes) = ActivationMemory.Alternating(nodes, options);
            DeviceSpan<byte> even = resources.Allocate<byte>(backend, evenBytes, "activations");
            DeviceSpan<byte> odd = resources.Allocate<byte>(backend, oddBytes, "activations");
            Input = resources.Allocate<byte>(backend, ActivationMemory.Bytes(inputShape, options), "the network's input");
            Output = resources.Allocate<float>(backend, (long)batch * Model.ImageCount, "the network's output");
            DeviceSpan<byte> workspace = resources.Allocate<byte>(backend, ActivationMemory.Workspace(nodes), "the operations' workspace");
            chain = new LayerChain(nodes, parameters, null, ActivationMemory.PlaceAlternating(Input, even, odd, nodes, options), workspace);
            sigmoid = resources.Own(backend.CreateSigmoidL1(new SigmoidL1Spec(Output.Length, precision)));
            images = new ImageInput(backend, Input, Output.Length, precision, resources);
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    /// <summary>The model.</summary>
    public ModelDefinition Model { get; }

    /// <summary>The identity that comes out.</summary>
    public Side Side { get; }

    /// <summary>Largest number of images in one run.</summary>
    public int Batch { get; }

    /// <summary>Arithmetic.</summary>
    public Precision Precision { get; }

    /// <summary>Input images in device memory: (N, s, s, 3) BGR in 0..1, of <see cref="InputType"/>. For those who fill it there.</summary>
    public DeviceSpan<byte> Input { get; }

    /// <summary>Element type of <see cref="Input"/>.</summary>
    public ElementType InputType => images.ElementType;

    /// <summary>Output images in device memory: (N, s, s, 3) BGR in 0..1.</summary>
    public DeviceSpan<float> Output { get; }

    /// <summary>Takes other weights of the same model.</summary>
    /// <exception cref="FaceSwap.Core.UserErrorException">They cannot be read; the plan has taken some of them.</exception>
    public void Load(IWeightSource weights)
    {
        if (weights.Model != Model)
            throw new ArgumentException($"weights of {weights.Model.Name} given to a plan of {Model.Name}", nameof(weights));
        weights.Read(Side, parameters.ImportUnit, (tensor, first, keras) => parameters.ImportPart(backend, tensor, first, keras));
        chain.KernelsChanged();
        pass ??= resources.Own(backend.Record(EnqueuePass));
    }

    /// <summary>Enqueues <see cref="Output"/> = network(<see cref="Input"/>) for the whole batch.</summary>
    /// <exception cref="InvalidOperationException">The plan has no weights.</exception>
    public void Enqueue() => Loaded().Run();

    /// <summary>Records a pass together with work before and after it, as one sequence: for those who fill <see cref="Input"/> and take <see cref="Output"/> on the
    /// device. The recording must be disposed before the plan.</summary>
    /// <exception cref="InvalidOperationException">The plan has no weights.</exception>
    public IRecording Record(Action before, Action after)
    {
        Loaded();
        return backend.Record(() =>
        {
            before();
            EnqueuePass();
            after();
        });
    }

    /// <summary>Runs some images: copies them in, computes, copies the results out.</summary>
    /// <param name="inputNhwc">(n, s, s, 3) BGR in 0..1, 1 ≤ n ≤ <see cref="Batch"/>.</param>
    /// <param name="outputNhwc">The same shape; overwritten.</param>
    /// <exception cref="ArgumentException">Not a whole number of images in that range, or the lengths differ.</exception>
    public void Run(ReadOnlySpan<float> inputNhwc, Span<float> outputNhwc)
    {
        CheckImages(Model, Batch, inputNhwc.Length, outputNhwc.Length);
        images.Upload(inputNhwc);
        Enqueue();
        backend.Download(Output.Slice(0, outputNhwc.Length), outputNhwc);
    }

    /// <inheritdoc/>
    public void Dispose() => resources.Dispose();

    internal static void CheckImages(ModelDefinition model, int batch, int input, int output)
    {
        if (input != output || input == 0 || input % model.ImageCount != 0 || input / model.ImageCount > batch)
            throw new ArgumentException($"{input} and {output} elements are not 1 to {batch} images of {model.ImageCount} each");
    }

    private IRecording Loaded() => pass ?? throw new InvalidOperationException("the plan has no weights yet");

    private void EnqueuePass()
    {
        chain.Forward();
        sigmoid.Sigmoid(chain.Output, Output);
    }
}

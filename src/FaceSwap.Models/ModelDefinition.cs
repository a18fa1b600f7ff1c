namespace FaceSwap.Models;

/// <summary>One of the two identities.</summary>
public enum Side
{
    /// <summary>Identity A.</summary>
    A = 0,

    /// <summary>Identity B.</summary>
    B = 1,
}

/// <summary>A part of a model that is stored by itself: an encoder, a decoder.</summary>
/// <param name="Name">For example <c>encoder</c>; also the name of its file in a checkpoint.</param>
/// <param name="Input">Shape of one sample's input.</param>
/// <param name="Layers">Its layers in order.</param>
public sealed record PartDefinition(string Name, TensorShape Input, IReadOnlyList<LayerDefinition> Layers)
{
    /// <summary>Shape of one sample's output.</summary>
    public TensorShape Output => Layers.Aggregate(Input, static (shape, layer) => layer.Output(shape));
}

/// <summary>
/// A model: its parts, and which parts make up each identity's autoencoder. Every autoencoder ends with a sigmoid, is fed and compared with
/// BGR images in 0..1, and is trained on the mean absolute error.
/// </summary>
public sealed class ModelDefinition
{
    private readonly IReadOnlyList<string>[] paths;

    /// <summary>Makes a definition and checks that the parts fit together.</summary>
    /// <param name="name">The name that <c>--trainer</c> takes; letter case does not matter.</param>
    /// <param name="description">One line for the help.</param>
    /// <param name="zoom">z of the training samples: images are 64·z square.</param>
    /// <param name="learningRate">Adam's default learning rate.</param>
    /// <param name="parts">All parts in the order in which they are stored and numbered.</param>
    /// <param name="pathA">The parts of A's autoencoder, first to last.</param>
    /// <param name="pathB">The parts of B's.</param>
    /// <exception cref="ArgumentException">A path names an unknown part, or its parts do not fit together.</exception>
    public ModelDefinition(string name, string description, int zoom, float learningRate, IReadOnlyList<PartDefinition> parts,
        IReadOnlyList<string> pathA, IReadOnlyList<string> pathB)
    {
        (Name, Description, Zoom, LearningRate, Parts) = (name, description, zoom, learningRate, parts);
        paths = [pathA, pathB];
        Tensors = NameTensors(parts);
        foreach (Side side in new[] { Side.A, Side.B })
            CheckPath(side);
    }

    /// <summary>The name that <c>--trainer</c> takes.</summary>
    public string Name { get; }

    /// <summary>One line for the help.</summary>
    public string Description { get; }

    /// <summary>z of the training samples.</summary>
    public int Zoom { get; }

    /// <summary>Side of the network's square input and output in pixels: 64·z.</summary>
    public int InputSize => 64 * Zoom;

    /// <summary>Elements of one image, InputSize·InputSize·3.</summary>
    public int ImageCount => InputSize * InputSize * 3;

    /// <summary>Adam's default learning rate.</summary>
    public float LearningRate { get; }

    /// <summary>All parts, in the order in which they are stored and numbered.</summary>
    public IReadOnlyList<PartDefinition> Parts { get; }

    /// <summary>All tensors: kernel, bias, kernel, bias, … over the parts in order; names numbered over the whole model as Keras does.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Number of parameters of all parts.</summary>
    public long ParameterCount => Tensors.Sum(t => (long)t.Count);

    /// <summary>A part by name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public PartDefinition Part(string name) => Parts.FirstOrDefault(p => p.Name == name)
        ?? throw new ArgumentException($"model {Name} has no part {name}", nameof(name));

    /// <summary>The names of the parts of an identity's autoencoder, first to last.</summary>
    public IReadOnlyList<string> Path(Side side) => paths[(int)side];

    /// <summary>The tensors of a part, in order.</summary>
    public IEnumerable<TensorInfo> TensorsOf(string part) => Tensors.Where(t => t.Part == part);

    /// <summary>The tensors of an identity's autoencoder, in the order of its path.</summary>
    public IEnumerable<TensorInfo> TensorsOf(Side side) => Path(side).SelectMany(TensorsOf);

    /// <summary>Multiplications and additions of one image through an identity's autoencoder.</summary>
    public long InferenceFlops(Side side) => PassFlops(side).Sum();

    /// <summary>Multiplications and additions of one image in one update of an identity's autoencoder: forward, gradients of the kernels, and
    /// gradients of the inputs of all layers but the first.</summary>
    public long UpdateFlops(Side side) => (3 * InferenceFlops(side)) - PassFlops(side).First();

    private IEnumerable<long> PassFlops(Side side)
    {
        foreach (PartDefinition part in Path(side).Select(Part))
        {
            TensorShape shape = part.Input;
            foreach (LayerDefinition layer in part.Layers)
            {
                yield return layer.FlopsPerPass(shape);
                shape = layer.Output(shape);
            }
        }
    }

    private static List<TensorInfo> NameTensors(IReadOnlyList<PartDefinition> parts)
    {
        List<TensorInfo> tensors = [];
        Dictionary<string, int> numbers = [];
        foreach (PartDefinition part in parts)
        {
            TensorShape shape = part.Input;
            foreach (LayerDefinition layer in part.Layers)
            {
                if (layer.WeightPrefix is { } prefix)
                {
                    IReadOnlyList<int> kernel = layer.KernelShape(shape);
                    int number = numbers[prefix] = numbers.GetValueOrDefault(prefix) + 1;
                    tensors.Add(new TensorInfo(tensors.Count, $"{prefix}_{number}/kernel", part.Name, kernel, IsKernel: true));
                    tensors.Add(new TensorInfo(tensors.Count, $"{prefix}_{number}/bias", part.Name, [kernel[^1]], IsKernel: false));
                }
                shape = layer.Output(shape);
            }
        }
        return tensors;
    }

    private void CheckPath(Side side)
    {
        TensorShape image = new(InputSize, InputSize, 3), shape = image;
        foreach (string name in Path(side))
        {
            PartDefinition part = Part(name);
            if (part.Input != shape)
                throw new ArgumentException($"part {name} of model {Name} takes {part.Input} but is given {shape}");
            shape = part.Output;
        }
        if (shape != image)
            throw new ArgumentException($"model {Name} makes {shape} of {image}");
    }
}

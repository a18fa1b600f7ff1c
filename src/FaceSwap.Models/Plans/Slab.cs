using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>
/// One tensor after another in one block: parameters, gradients or moments of some parts. In training all is fp32, and kernels are in their operation's
/// order; in inference a kernel is what its operation reads, in units of 4 bytes. Each tensor starts on a 64-byte boundary; the gaps stay zero, and Adam leaves zeros alone (0/(√0 + ε) = 0).
/// </summary>
internal sealed class Slab
{
    private const int AlignmentElements = 16;

    private readonly Dictionary<int, (LayerNode Node, long Offset, long Length)> tensors = [];
    private readonly Dictionary<string, (long Offset, long Length)> parts = [];
    private DeviceSpan<float> memory;

    /// <summary>Lays the tensors of the parts out.</summary>
    public Slab(IEnumerable<PartNetwork> networks)
    {
        foreach (PartNetwork network in networks)
        {
            long start = Length;
            foreach (LayerNode node in network.Nodes)
            {
                Place(node, node.Kernel, node.Layer.Operation.KernelStorage);
                Place(node, node.Bias, node.Bias.Count);
            }
            parts.Add(network.Name, (start, Length - start));
        }
    }

    /// <summary>Elements, or units of 4 bytes, of the whole slab.</summary>
    public long Length { get; private set; }

    /// <summary>Names the block that holds it.</summary>
    public void Bind(DeviceSpan<float> block) => memory = block.Slice(0, Length);

    /// <summary>Where a tensor is.</summary>
    public DeviceSpan<float> this[TensorInfo tensor]
    {
        get
        {
            (_, long offset, long length) = tensors[tensor.Index];
            return memory.Slice(offset, length);
        }
    }

    /// <summary>Where a part is, with its gaps.</summary>
    public DeviceSpan<float> Part(string name) => memory.Slice(parts[name].Offset, parts[name].Length);

    /// <summary>Copies a tensor from Keras order.</summary>
    public void Import(IBackend backend, TensorInfo tensor, ReadOnlySpan<float> keras)
    {
        CheckLength(tensor, keras.Length);
        if (tensor.IsKernel)
            Operation(tensor).ImportKernel(keras, this[tensor]);
        else
            backend.Upload(keras, this[tensor]);
    }

    /// <summary>Elements of whose multiples <see cref="ImportPart"/> takes parts of a tensor; 0: it takes the whole.</summary>
    public int ImportUnit(TensorInfo tensor) => tensor.IsKernel ? Operation(tensor).ImportUnit : 0;

    /// <summary>Copies a part of a tensor, or all of it, from Keras order.</summary>
    public void ImportPart(IBackend backend, TensorInfo tensor, long first, ReadOnlySpan<float> keras)
    {
        if (keras.Length == tensor.Count)
            Import(backend, tensor, keras);
        else
            Operation(tensor).ImportKernelPart(first, keras, this[tensor]);
    }

    /// <summary>Copies a tensor to Keras order.</summary>
    public void Export(IBackend backend, TensorInfo tensor, Span<float> keras)
    {
        CheckLength(tensor, keras.Length);
        if (tensor.IsKernel)
            Operation(tensor).ExportKernel(this[tensor], keras);
        else
            backend.Download(this[tensor], keras);
    }

    /// <summary>Whether the slab has this tensor.</summary>
    public bool Contains(TensorInfo tensor) => tensors.ContainsKey(tensor.Index);

    private IParameterOperation Operation(TensorInfo tensor) => tensors[tensor.Index].Node.Layer.Operation;

    private void Place(LayerNode node, TensorInfo tensor, long length)
    {
        tensors.Add(tensor.Index, (node, Length, length));
        Length += (length + AlignmentElements - 1) / AlignmentElements * AlignmentElements;
    }

    private static void CheckLength(TensorInfo tensor, int length)
    {
        if (length != tensor.Count)
            throw new ArgumentException($"{tensor.Name} has {tensor.Count} elements, not {length}");
    }
}

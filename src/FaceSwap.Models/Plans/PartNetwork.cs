using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>A layer of a part on a backend, with the tensors that it reads.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Kernel">Its kernel.</param>
/// <param name="Bias">Its bias.</param>
internal sealed record LayerNode(Layer Layer, TensorInfo Kernel, TensorInfo Bias);

/// <summary>A part created on a backend: operations, no memory. Both identities' autoencoders share the nodes of a shared part.</summary>
internal sealed class PartNetwork : IDisposable
{
    /// <summary>Creates a part's layers.</summary>
    /// <param name="backend">Where it will run.</param>
    /// <param name="model">The model.</param>
    /// <param name="part">The part.</param>
    /// <param name="options">The plan's choices.</param>
    /// <param name="first">Whether it is the first part of its path, whose input needs no gradient.</param>
    public PartNetwork(IBackend backend, ModelDefinition model, PartDefinition part, LayerOptions options, bool first)
    {
        Name = part.Name;
        TensorInfo[] tensors = [.. model.TensorsOf(part.Name)];
        List<LayerNode> nodes = [];
        TensorShape shape = part.Input;
        try
        {
            foreach (LayerDefinition definition in part.Layers)
            {
                bool inputGradient = options.Training && !(first && nodes.Count == 0);
                if (definition.Create(backend, shape, options, inputGradient) is { } layer)
                    nodes.Add(new LayerNode(layer, tensors[2 * nodes.Count], tensors[(2 * nodes.Count) + 1]));
                shape = definition.Output(shape);
            }
        }
        catch
        {
            nodes.ForEach(n => n.Layer.Dispose());
            throw;
        }
        Nodes = [.. nodes];
    }

    public string Name { get; }

    public LayerNode[] Nodes { get; }

    public void Dispose()
    {
        foreach (LayerNode node in Nodes)
            node.Layer.Dispose();
    }
}

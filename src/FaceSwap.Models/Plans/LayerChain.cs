using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>
/// An identity's layers in order with their memory: Forward and Backward enqueue them and allocate nothing.
/// Backward needs every activation kept; gradients of activations go back and forth between two buffers.
/// </summary>
internal sealed class LayerChain
{
    private readonly LayerNode[] nodes;
    private readonly LayerParameters[] parameters;
    private readonly DeviceSpan<byte>[] activations; // [0] the input, [i + 1] the output of layer i: (N, H, W, C), activation type
    private readonly DeviceSpan<byte> workspace;

    /// <summary>Puts a chain together.</summary>
    /// <param name="nodes">The layers, first to last.</param>
    /// <param name="parameterSlab">Where kernels and biases are.</param>
    /// <param name="gradientSlab">Where their gradients go; null in inference.</param>
    /// <param name="activations">The input and each layer's output, of exactly their sizes.</param>
    /// <param name="workspace">As large as the largest need.</param>
    public LayerChain(LayerNode[] nodes, Slab parameterSlab, Slab? gradientSlab, DeviceSpan<byte>[] activations, DeviceSpan<byte> workspace)
    {
        this.nodes = nodes;
        this.activations = activations;
        this.workspace = workspace;
        parameters = [.. nodes.Select(n => new LayerParameters(parameterSlab[n.Kernel], parameterSlab[n.Bias],
            gradientSlab?[n.Kernel] ?? default, gradientSlab?[n.Bias] ?? default))];
    }

    /// <summary>The input, activation type.</summary>
    public DeviceSpan<byte> Input => activations[0];

    /// <summary>The last layer's output, before the sigmoid.</summary>
    public DeviceSpan<byte> Output => activations[^1];

    /// <summary>What the first <paramref name="layers"/> layers made, as the last forward pass left it.</summary>
    public DeviceSpan<byte> OutputAfter(int layers) => activations[layers];

    /// <summary>Enqueues all layers.</summary>
    public void Forward()
    {
        for (int i = 0; i < nodes.Length; i++)
            nodes[i].Layer.Forward(activations[i], parameters[i], activations[i + 1], workspace);
    }

    /// <summary>Enqueues the gradients of all kernels and biases.</summary>
    /// <param name="gradient">Starts with the gradient of <see cref="Output"/>; destroyed. As large as the largest activation.</param>
    /// <param name="spare">Of the same size.</param>
    public void Backward(DeviceSpan<byte> gradient, DeviceSpan<byte> spare)
    {
        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            DeviceSpan<byte> dy = gradient.Slice(0, activations[i + 1].Length);
            DeviceSpan<byte> dx = i == 0 ? default : spare.Slice(0, activations[i].Length);
            nodes[i].Layer.Backward(activations[i], activations[i + 1], dy, parameters[i], dx, workspace);
            (gradient, spare) = (spare, gradient);
        }
    }

    /// <summary>Enqueues what each operation derives from its kernel.</summary>
    public void KernelsChanged()
    {
        for (int i = 0; i < nodes.Length; i++)
            nodes[i].Layer.Operation.KernelChanged(parameters[i].Kernel);
    }
}

using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>Sizes and places of a path's activations in one block.</summary>
internal static class ActivationMemory
{
    private const int Alignment = 4096;

    /// <summary>Bytes of one layer's output.</summary>
    public static long Bytes(LayerNode node, LayerOptions options) => Bytes(node.Layer.Output, options);

    /// <summary>Bytes of a batch of a shape.</summary>
    public static long Bytes(TensorShape shape, LayerOptions options) =>
        (long)options.Batch * shape.Count * options.Precision.ActivationType().Bytes();

    /// <summary>Bytes of a block that keeps every output of a path.</summary>
    public static long KeepAll(LayerNode[] nodes, LayerOptions options) => nodes.Sum(n => Align(Bytes(n, options)));

    /// <summary>Bytes of the largest output.</summary>
    public static long Largest(LayerNode[] nodes, LayerOptions options) => nodes.Max(n => Align(Bytes(n, options)));

    /// <summary>Bytes of the largest workspace.</summary>
    public static long Workspace(IEnumerable<LayerNode> nodes) => nodes.Max(n => n.Layer.Operation.WorkspaceBytes);

    /// <summary>One output after another, after the input.</summary>
    public static DeviceSpan<byte>[] PlaceAll(DeviceSpan<byte> input, DeviceSpan<byte> block, LayerNode[] nodes, LayerOptions options)
    {
        var places = new DeviceSpan<byte>[nodes.Length + 1];
        places[0] = input;
        long offset = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            places[i + 1] = block.Slice(offset, Bytes(nodes[i], options));
            offset += Align(Bytes(nodes[i], options));
        }
        return places;
    }

    /// <summary>Bytes of the two blocks that outputs lie in in turn.</summary>
    public static (long Even, long Odd) Alternating(LayerNode[] nodes, LayerOptions options) =>
        (Largest([.. nodes.Where((_, i) => i % 2 == 0)], options), nodes.Length < 2 ? 0 : Largest([.. nodes.Where((_, i) => i % 2 == 1)], options));

    /// <summary>Outputs in turn in two blocks, after the input: enough for a forward pass that nothing follows.</summary>
    public static DeviceSpan<byte>[] PlaceAlternating(DeviceSpan<byte> input, DeviceSpan<byte> even, DeviceSpan<byte> odd, LayerNode[] nodes,
        LayerOptions options)
    {
        var places = new DeviceSpan<byte>[nodes.Length + 1];
        places[0] = input;
        for (int i = 0; i < nodes.Length; i++)
            places[i + 1] = (i % 2 == 0 ? even : odd).Slice(0, Bytes(nodes[i], options));
        return places;
    }

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}

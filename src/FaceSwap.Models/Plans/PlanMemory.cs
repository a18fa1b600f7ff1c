using System.Runtime.CompilerServices;
using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>
/// What a plan takes of its device's memory, from the shapes of its layers alone: a fixed part (weights, gradients, moments, bf16 copies in training) and
/// a part for each sample (activations, their gradients, images, the operations' scratch). Slabs that a backend pads, and what algorithms
/// want beyond the operations' own scratch, are not in it: <see cref="BatchFit"/> keeps a margin for them.
/// </summary>
public static class PlanMemory
{
    private const int SlabAlignment = 16; // elements, as Slab places tensors
    private const int ActivationAlignment = 4096;

    /// <summary>Bytes of a <see cref="TrainingPlan"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Images in each update.</param>
    /// <param name="precision">Arithmetic.</param>
    public static long Training(ModelDefinition model, int batch, Precision precision)
    {
        Side[] sides = [Side.A, Side.B];
        long weights = model.Parts.Sum(p => SlabBytes(model.TensorsOf(p.Name)));
        long[] paths = [.. sides.Select(s => SlabBytes(model.TensorsOf(s)))];
        LayerShape[][] layers = [.. sides.Select(s => Layers(model, s))];
        long image = (long)batch * model.ImageCount * sizeof(float);
        return weights + paths.Max() + (2 * paths.Sum()) + Copies(model.Tensors, precision)
            + layers.Max(l => l.Sum(layer => Activation(layer.Output, batch, precision)))
            + (2 * layers.Max(l => l.Max(layer => Activation(layer.Output, batch, precision))))
            + layers.Max(l => l.Max(layer => Scratch(layer, batch, precision) + (layer.KernelCount * sizeof(float))))
            + (2 * image) + Input(model, batch, precision) + (2L * batch * Unsafe.SizeOf<AugmentDraw>());
    }

    /// <summary>Bytes of an <see cref="InferencePlan"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="side">Whose decoder.</param>
    /// <param name="batch">Images in one run.</param>
    /// <param name="precision">Arithmetic.</param>
    public static long Inference(ModelDefinition model, Side side, int batch, Precision precision)
    {
        LayerShape[] layers = Layers(model, side);
        return (precision == Precision.Bf16 ? NarrowBytes(model.TensorsOf(side)) : SlabBytes(model.TensorsOf(side)))
            + LargestOfEverySecond(layers, 0, batch, precision) + LargestOfEverySecond(layers, 1, batch, precision)
            + layers.Max(layer => Scratch(layer, batch, precision))
            + ((long)batch * model.ImageCount * sizeof(float)) + Input(model, batch, precision);
    }

    private readonly record struct LayerShape(TensorShape Input, TensorShape Output, long KernelCount);

    private static LayerShape[] Layers(ModelDefinition model, Side side)
    {
        List<LayerShape> layers = [];
        foreach (PartDefinition part in model.Path(side).Select(model.Part))
        {
            TensorShape shape = part.Input;
            foreach (LayerDefinition layer in part.Layers)
            {
                TensorShape next = layer.Output(shape);
                if (layer.WeightPrefix is not null)
                    layers.Add(new LayerShape(shape, next, layer.KernelShape(shape).Aggregate(1L, static (product, n) => product * n)));
                shape = next;
            }
        }
        return [.. layers];
    }

    private static long SlabBytes(IEnumerable<TensorInfo> tensors) =>
        tensors.Sum(t => Align((long)t.Count, SlabAlignment)) * sizeof(float);

    // Kernels in bf16 alone, biases in fp32.
    private static long NarrowBytes(IEnumerable<TensorInfo> tensors) =>
        tensors.Sum(t => Align(t.IsKernel ? ((long)t.Count + 1) / 2 : t.Count, SlabAlignment)) * sizeof(float);

    private static long LargestOfEverySecond(LayerShape[] layers, int from, int batch, Precision precision) =>
        layers.Where((_, i) => i % 2 == from).Select(layer => Activation(layer.Output, batch, precision)).DefaultIfEmpty().Max();

    private static long Copies(IEnumerable<TensorInfo> tensors, Precision precision) =>
        precision == Precision.Bf16 ? tensors.Where(t => t.IsKernel).Sum(t => (long)t.Count) * sizeof(ushort) : 0;

    private static long Activation(TensorShape shape, int batch, Precision precision) =>
        Align(Bytes(shape, batch, precision), ActivationAlignment);

    private static long Bytes(TensorShape shape, int batch, Precision precision) => (long)batch * shape.Count * precision.ActivationType().Bytes();

    // The result before the pixel shuffle or its gradient, and a padded copy of the input. In training also the kernel's gradient before it is converted.
    private static long Scratch(LayerShape layer, int batch, Precision precision) =>
        Bytes(layer.Output, batch, precision) + (5 * Bytes(layer.Input, batch, precision) / 4);

    // Beside the input itself, fp32 images are staged where the input is narrower.
    private static long Input(ModelDefinition model, int batch, Precision precision) => (long)batch * model.ImageCount
        * (precision.ActivationType().Bytes() + (precision == Precision.Bf16 ? sizeof(float) : 0));

    private static long Align(long count, long to) => (count + to - 1) / to * to;
}

using FaceSwap.Compute;
using FaceSwap.Compute.Reference;

namespace FaceSwap.Models.Tests;

/// <summary>What plans are said to take against what they do take.</summary>
[Collection("engine")]
public class PlanMemoryTests
{
    public static TheoryData<string, int> Models => new() { { "Tiny", 1 }, { "Tiny", 5 }, { "Light", 2 }, { "Light", 3 } };

    // The reference backend needs no scratch and pads nothing, so that the rest of the estimate is what it allocates.
    [Theory]
    [MemberData(nameof(Models))]
    public void Training_takes_what_was_estimated_but_for_scratch(string name, int batch)
    {
        ModelDefinition model = Model(name);
        using var backend = new WeighingBackend(new ReferenceBackend(1));
        using (var plan = new TrainingPlan(backend, model, batch, Precision.Fp32, OptimizerSpec.For(model), Faces(backend, model, batch, Side.A),
            Faces(backend, model, batch, Side.B)))
        {
            AllButScratch(model, batch, training: true, PlanMemory.Training(model, batch, Precision.Fp32) - backend.Bytes);
        }
        backend.Release();
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Inference_takes_what_was_estimated_but_for_scratch(string name, int batch)
    {
        ModelDefinition model = Model(name);
        using var backend = new WeighingBackend(new ReferenceBackend(1));
        using var plan = new InferencePlan(backend, ModelWeights.Initialize(model, 1), Side.A, batch, Precision.Fp32);
        AllButScratch(model, batch, training: false, PlanMemory.Inference(model, Side.A, batch, Precision.Fp32) - backend.Bytes);
    }

    [Fact]
    public void Bf16_halves_activations_and_adds_copies_of_the_kernels()
    {
        ModelDefinition model = Model("Original");
        long OfASample(Precision precision) => PlanMemory.Training(model, 65, precision) - PlanMemory.Training(model, 64, precision);
        // Scratch grows with the batch only where the largest kernel does not decide it.
        Assert.InRange(OfASample(Precision.Bf16) / (double)OfASample(Precision.Fp32), 0.4, 0.6);
        long kernels = model.Tensors.Where(t => t.IsKernel).Sum(t => (long)t.Count);
        Assert.InRange(PlanMemory.Training(model, 1, Precision.Bf16) - PlanMemory.Training(model, 1, Precision.Fp32), 1.8 * kernels, 2 * kernels);
        Assert.Equal(PlanMemory.Training(model, 8, Precision.Fp32), PlanMemory.Training(model, 8, Precision.Tf32));
    }

    [Fact]
    public void Bf16_halves_all_of_inference()
    {
        ModelDefinition model = Model("Original");
        Assert.InRange(PlanMemory.Inference(model, Side.B, 16, Precision.Bf16) / (double)PlanMemory.Inference(model, Side.B, 16, Precision.Fp32), 0.5, 0.53);
    }

    // The estimate's scratch: in training a kernel, its output and its padded input, of the layer where they are largest together.
    private static void AllButScratch(ModelDefinition model, int batch, bool training, long rest)
    {
        long kernel = training ? model.Tensors.Max(t => (long)t.Count) * sizeof(float) : 0, activation = 0;
        foreach (PartDefinition part in model.Parts)
        {
            TensorShape shape = part.Input;
            foreach (LayerDefinition layer in part.Layers)
            {
                activation = Math.Max(activation, (long)batch * shape.Count * sizeof(float));
                shape = layer.Output(shape);
                activation = Math.Max(activation, (long)batch * shape.Count * sizeof(float));
            }
        }
        Assert.InRange(rest, kernel, kernel + (9 * activation / 4));
    }

    private static ModelDefinition Model(string name) => name == "Tiny" ? TinyNetwork.Definition : ModelZoo.Get(name);

    private static TrainingFaces Faces(WeighingBackend backend, ModelDefinition model, int batch, Side side) => new(backend.Faces(2L * 256 * 256 * 3),
        new AugmentSpec(batch, 2, 256, model.InputSize, 160, 5, 10, 0.05f, 0.05f, 0.4f, 11, (int)side, ElementType.Float32));
}

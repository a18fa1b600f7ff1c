using FaceSwap.Compute;
using FaceSwap.Compute.Cpu;
using FaceSwap.Compute.Reference;
using FaceSwap.Interop;
using FaceSwap.TestKit;

namespace FaceSwap.Models.Tests;

/// <summary>What an inference plan keeps of the weights, what loading it takes on the way, and that neither changes a bit of what it computes.</summary>
[Collection("engine")]
public sealed class InferenceMemoryTests : IDisposable
{
    private const int Batch = 3;

    // Outputs are padded to 16 and pairs of inputs to 2, which only the network's first and last layers need.
    private const double Padding = 1.02;

    private readonly string folder = Directory.CreateTempSubdirectory("faceswap-memory-").FullName;

    public static TheoryData<string, Precision> Backends => new()
    {
        { "reference", Precision.Fp32 }, { "cpu", Precision.Fp32 }, { "cpu", Precision.Bf16 }, { "onednn", Precision.Fp32 }, { "onednn", Precision.Bf16 },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Backends))]
    public void A_plan_keeps_the_weights_once_in_its_precision(string name, Precision precision)
    {
        using LeakCheck leaks = new(); // no finalizer of earlier tests changes the counts meanwhile
        using var backend = new WeighingBackend(Create(name));
        Skip.IfNot(backend.Supports(precision), $"this processor does not compute in {precision}");
        ModelDefinition model = ModelZoo.Get("Light");
        long weights = model.TensorsOf(Side.A).Sum(t => (long)t.Count) * precision.ActivationType().Bytes();
        long before = HandleCounters.NativeBytes;
        using var plan = new InferencePlan(backend, ModelWeights.Initialize(model, 1), Side.A, Batch, precision);
        // The plan keeps each kernel once, as its operation keeps it; beside them biases in fp32 and the alignment of each tensor.
        long besides = model.TensorsOf(Side.A).Sum(t => 64 + (t.IsKernel ? 0 : sizeof(float) * (long)t.Count));
        Assert.InRange(backend.WeightBytes - backend.KernelBytes, 1, besides);
        // Our own order pads hardly anything. oneDNN chooses its order itself, another one in every release: blocks of up to 64 channels.
        double most = name == "onednn" ? backend.BlockedKernelBytes(64) + besides : Padding * weights;
        Assert.InRange(backend.WeightBytes, weights, most);
        // The operations take nothing for themselves but the few bytes of the loss' partial sums.
        Assert.InRange(HandleCounters.NativeBytes - before - backend.Bytes - backend.WorkspaceBytes, 0, 4096);
        // Activations, images and scratch as they were estimated.
        Assert.InRange(backend.Bytes, 0, Math.Max(Padding * weights, backend.WeightBytes) + PlanMemory.Inference(model, Side.A, Batch, precision) - weights);
    }

    [SkippableTheory]
    [MemberData(nameof(Backends))]
    public void Loading_holds_one_tensor_beside_the_plan(string name, Precision precision)
    {
        using LeakCheck leaks = new(); // no finalizer of earlier tests changes the counts meanwhile
        using IBackend backend = Create(name);
        Skip.IfNot(backend.Supports(precision), $"this processor does not compute in {precision}");
        ModelDefinition model = ModelZoo.Get("Light");
        using CheckpointFolder checkpoints = Save(backend, model, ModelWeights.Initialize(model, 5));
        Checkpoint checkpoint = checkpoints.Open(side: Side.B);
        long largest = model.TensorsOf(Side.B).Max(t => (long)t.Count) * sizeof(float), before = HandleCounters.NativeBytes;
        long managed = GC.GetAllocatedBytesForCurrentThread();
        HandleCounters.ResetPeak();
        using var plan = new InferencePlan(backend, checkpoint, Side.B, Batch, precision);
        long kept = HandleCounters.NativeBytes - before;
        Assert.InRange(HandleCounters.PeakNativeBytes - before, kept, kept + largest);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - managed, 0, largest / 4);
    }

    [SkippableTheory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void The_default_engine_holds_a_few_megabytes_beside_the_plan(Precision precision)
    {
        using LeakCheck leaks = new(); // no finalizer of earlier tests changes the counts meanwhile
        using IBackend backend = Create("cpu");
        Skip.IfNot(backend.Supports(precision), $"this processor does not compute in {precision}");
        ModelDefinition model = ModelZoo.Get("Light");
        Assert.True(model.TensorsOf(Side.B).Max(t => (long)t.Count) * sizeof(float) > 4 << 20);
        using CheckpointFolder checkpoints = Save(backend, model, ModelWeights.Initialize(model, 5));
        using var plan = new InferencePlan(backend, model, Side.B, Batch, precision);
        using CheckpointWeights weights = checkpoints.Open(side: Side.B).OpenWeights(Side.B);
        long before = HandleCounters.NativeBytes;
        HandleCounters.ResetPeak();
        plan.Load(weights);
        Assert.InRange(HandleCounters.PeakNativeBytes - before, 1, 4 << 20);
    }

    [Fact]
    public void A_plan_without_weights_says_so()
    {
        using IBackend backend = Create("cpu");
        ModelDefinition model = TinyNetwork.Definition;
        using var plan = new InferencePlan(backend, model, Side.A, Batch, Precision.Fp32);
        float[] images = TinyNetwork.Images(Batch, 1);
        Assert.Throws<InvalidOperationException>(() => plan.Run(images, new float[images.Length]));
        Assert.Throws<InvalidOperationException>(() => plan.Record(static () => { }, static () => { }));
        plan.Load(ModelWeights.Initialize(model, 5));
        plan.Run(images, new float[images.Length]);
    }

    [Fact]
    public void Opened_weights_can_be_read_when_the_folder_has_newer_ones()
    {
        using IBackend backend = Create("cpu");
        ModelDefinition model = ModelZoo.Get("Light");
        ModelWeights first = ModelWeights.Initialize(model, 5);
        using CheckpointFolder checkpoints = Save(backend, model, first);
        string before;
        float[] images = new float[model.ImageCount], expected = new float[images.Length], actual = new float[images.Length];
        Array.Fill(images, 0.3f);
        using (var plan = new InferencePlan(backend, first, Side.A, 1, Precision.Fp32))
            plan.Run(images, expected);
        Checkpoint opened = checkpoints.Open(side: Side.A);
        using CheckpointWeights weights = opened.OpenWeights(Side.A);
        before = opened.Distinguish(model.Path(Side.A));
        Assert.Equal(before, checkpoints.Open(side: Side.A).Distinguish(model.Path(Side.A)));
        Directory.Delete(Path.Combine(folder, "generation-000000"), recursive: true);
        Save(backend, model, ModelWeights.Initialize(model, 6), checkpoints);
        Assert.NotEqual(before, checkpoints.Open(side: Side.A).Distinguish(model.Path(Side.A)));
        using var late = new InferencePlan(backend, weights, Side.A, 1, Precision.Fp32);
        late.Run(images, actual);
        Assert.Equal(expected, actual);
    }

    [SkippableTheory]
    [InlineData("reference", Precision.Fp32)]
    [InlineData("cpu", Precision.Fp32)]
    [InlineData("cpu", Precision.Bf16)]
    public void It_computes_what_the_training_plan_does_to_the_bit(string name, Precision precision)
    {
        using IBackend backend = Create(name);
        Skip.IfNot(backend.Supports(precision), $"this processor does not compute in {precision}");
        ModelDefinition model = TinyNetwork.Definition;
        ModelWeights weights = ModelWeights.Initialize(model, 5);
        float[] images = TinyNetwork.Images(Batch, 1), expected = new float[images.Length], actual = new float[images.Length];
        using (var training = new TrainingPlan(backend, model, Batch, precision, OptimizerSpec.For(model)))
        {
            training.Load(weights);
            training.Predict(Side.B, images, expected);
        }
        using var plan = new InferencePlan(backend, weights, Side.B, Batch, precision);
        plan.Run(images, actual);
        Assert.Equal(expected, actual);
    }

    [SkippableTheory]
    [MemberData(nameof(Backends))]
    public void A_checkpoint_gives_what_the_weights_in_memory_give(string name, Precision precision)
    {
        using IBackend backend = Create(name);
        Skip.IfNot(backend.Supports(precision), $"this processor does not compute in {precision}");
        ModelDefinition model = ModelZoo.Get("Light");
        ModelWeights weights = ModelWeights.Initialize(model, 5);
        using CheckpointFolder checkpoints = Save(backend, model, weights);
        float[] images = new float[Batch * model.ImageCount], expected = new float[images.Length], actual = new float[images.Length];
        for (int i = 0; i < images.Length; i++)
            images[i] = i % 251 / 250f;
        using (var fromMemory = new InferencePlan(backend, weights, Side.A, Batch, precision))
            fromMemory.Run(images, expected);
        using var fromFiles = new InferencePlan(backend, checkpoints.Open(side: Side.A), Side.A, Batch, precision);
        fromFiles.Run(images, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_kernel_for_inference_is_not_given_back()
    {
        using IBackend backend = Create("cpu");
        using IDense dense = backend.CreateDense(new DenseSpec(1, 4, 4, Precision.Fp32, Training: false, InputGradient: false));
        using DeviceBuffer kernel = backend.Allocate(dense.KernelStorage * sizeof(float), "a kernel");
        Assert.Throws<InvalidOperationException>(() => dense.ExportKernel(kernel.Span<float>(), new float[16]));
    }

    private static IBackend Create(string name) => name switch
    {
        "reference" => new ReferenceBackend(),
        "onednn" => new CpuBackend(products: CpuProducts.OneDnn),
        _ => new CpuBackend(),
    };

    private CheckpointFolder Save(IBackend backend, ModelDefinition model, ModelWeights weights, CheckpointFolder? reserved = null)
    {
        using var plan = new TrainingPlan(backend, model, 1, Precision.Fp32, OptimizerSpec.For(model));
        plan.Load(weights);
        CheckpointFolder checkpoints = reserved ?? CheckpointFolder.Reserve(folder);
        checkpoints.Save(new CheckpointState(CheckpointState.CurrentVersion, model.Name, 0, 0, 5, 1e-4f, 1, Precision.Fp32, new LossHistory().Save()), plan);
        return checkpoints;
    }
}

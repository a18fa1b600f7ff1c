using FaceSwap.Compute;
using FaceSwap.Compute.Reference;
using FaceSwap.TestKit;

namespace FaceSwap.Models.Tests;

[Collection("engine")]
public class TrainingPlanTests
{
    private static readonly ModelDefinition Model = TinyNetwork.Definition;

    // The derivative of the loss along each tensor's own gradient, which is the gradient's norm, against central differences through all layers.
    // Losses below 0.25 are stored to 2⁻²⁷, two of them against 2h = 2⁻⁶: 2⁻²⁰. Kinks (LeakyReLU, |p − t|) and curvature over h add to that: a twentieth
    // is allowed, where a layer left out, doubled or transposed is wrong by more than half. Kernels are doubled so that the first layers' gradients
    // are far above the rounding.
    [Fact]
    public void GradientsAgreeWithFiniteDifferences()
    {
        const float h = 1f / 128;
        using var backend = new ReferenceBackend();
        float[] input = TinyNetwork.Images(2, 0), target = TinyNetwork.Images(2, 5);
        ModelWeights weights = ModelWeights.Initialize(Model, 3);
        foreach (float[] values in Model.Tensors.Select(t => weights[t]))
        {
            for (int i = 0; i < values.Length; i++)
                values[i] *= 2;
        }
        using var plan = new TrainingPlan(backend, Model, 2, Precision.Fp32, new OptimizerSpec(0)); // learning rate 0: Update leaves the weights
        plan.Load(weights);
        plan.Update(Side.B, input, target);
        Dictionary<int, float[]> gradients = [];
        foreach (TensorInfo tensor in Model.TensorsOf(Side.B))
            plan.ExportGradient(Side.B, tensor, gradients[tensor.Index] = new float[tensor.Count]);
        foreach (TensorInfo tensor in Model.TensorsOf(Side.B))
        {
            float[] gradient = gradients[tensor.Index];
            double norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
            double measured = (LossAt(h) - LossAt(-h)) / (2 * h);
            LossAt(0);
            Assert.True(norm > 1e-4, $"{tensor.Name} has no gradient");
            Assert.True(Math.Abs(measured - norm) <= (0.05 * norm) + (1.0 / (1 << 20)), $"{tensor.Name}: gradient {norm}, difference {measured}");

            double LossAt(double distance)
            {
                plan.Import(tensor, [.. weights[tensor].Select((w, i) => (float)(w + (distance * gradient[i] / norm)))]);
                return plan.Update(Side.B, input, target);
            }
        }
    }

    [Fact]
    public void LearnsABatch()
    {
        using var backend = new ReferenceBackend();
        using var plan = new TrainingPlan(backend, Model, 2, Precision.Fp32, new OptimizerSpec(0.01f));
        plan.Load(ModelWeights.Initialize(Model, 3));
        float[] a = TinyNetwork.Images(2, 0), b = TinyNetwork.Images(2, 3);
        TrainingLosses first = new(plan.Update(Side.A, a, a), plan.Update(Side.B, b, b)), last = first;
        for (int i = 0; i < 40; i++)
            last = new(plan.Update(Side.A, a, a), plan.Update(Side.B, b, b));
        Assert.True(last.A < first.A * 0.8, $"A: {first.A} became {last.A}");
        Assert.True(last.B < first.B * 0.8, $"B: {first.B} became {last.B}");
        Assert.Equal(82, plan.Step);
        Assert.Equal(0, plan.Iteration);
    }

    [Fact]
    public void AnIterationIsAnUpdateOfEachFromItsSamples()
    {
        using var backend = new ReferenceBackend();
        using var whole = new TrainingRig(backend, Model, 2);
        using var parts = new TrainingRig(backend, Model, 2);
        var input = new float[2 * Model.ImageCount];
        var target = new float[input.Length];
        for (int i = 0; i < 3; i++)
        {
            whole.Plan.RunIteration();
            foreach (Side side in new[] { Side.A, Side.B })
            {
                parts.Plan.Sample(side, input, target);
                Assert.InRange(input.Min(), 0, 1);
                Assert.InRange(input.Max(), 0.5, 1);
                parts.Plan.Update(side, input, target);
            }
            parts.Plan.Iteration++;
            Assert.Equal(whole.Plan.ReadLosses(), parts.Plan.ReadLosses());
        }
        Assert.Equal(3, whole.Plan.Iteration);
        Assert.Equal(6, whole.Plan.Step);
        AssertSameWeights(whole.Plan, parts.Plan);
    }

    [Fact]
    public void ResumesToTheBit()
    {
        using var backend = new ReferenceBackend();
        using var through = new TrainingRig(backend, Model, 2);
        using var before = new TrainingRig(backend, Model, 2);
        using var after = new TrainingRig(backend, Model, 2);
        Run(through.Plan, 4);
        Run(before.Plan, 2);
        foreach (TensorInfo tensor in Model.Tensors)
        {
            float[] first = new float[tensor.Count], second = new float[tensor.Count];
            before.Plan.Export(tensor, first);
            after.Plan.Import(tensor, first);
            foreach (Side side in new[] { Side.A, Side.B })
            {
                if (!Model.TensorsOf(side).Contains(tensor))
                    continue;
                before.Plan.ExportMoments(side, tensor, first, second);
                after.Plan.ImportMoments(side, tensor, first, second);
            }
        }
        (after.Plan.Step, after.Plan.Iteration) = (before.Plan.Step, before.Plan.Iteration);
        Run(after.Plan, 2);
        Assert.Equal(through.Plan.ReadLosses(), after.Plan.ReadLosses());
        AssertSameWeights(through.Plan, after.Plan);
    }

    [Fact]
    public void PredictsAsTheInferencePlanDoes()
    {
        using var backend = new ReferenceBackend();
        ModelWeights weights = ModelWeights.Initialize(Model, 8);
        using var training = new TrainingPlan(backend, Model, 3, Precision.Fp32, OptimizerSpec.For(Model));
        training.Load(weights);
        float[] input = TinyNetwork.Images(3, 1), expected = new float[input.Length], actual = new float[input.Length];
        foreach (Side side in new[] { Side.A, Side.B })
        {
            using var inference = new InferencePlan(backend, weights, side, 3, Precision.Fp32);
            inference.Run(input, actual);
            training.Predict(side, input, expected);
            Assert.Equal(expected, actual);
            // One image alone, in a plan for three.
            var single = new float[Model.ImageCount];
            inference.Run(input.AsSpan(Model.ImageCount, Model.ImageCount), single);
            Assert.Equal(expected.AsSpan(Model.ImageCount, Model.ImageCount).ToArray(), single);
        }
    }

    [Fact]
    public void WrongNumbersOfImagesAreRefused()
    {
        using var backend = new ReferenceBackend(threads: 1);
        using var plan = new InferencePlan(backend, ModelWeights.Initialize(Model, 8), Side.A, 2, Precision.Fp32);
        float[] three = new float[3 * Model.ImageCount];
        Assert.Throws<ArgumentException>(() => plan.Run(three, three));
        Assert.Throws<ArgumentException>(() => plan.Run(three.AsSpan(1, Model.ImageCount - 1), three.AsSpan(0, Model.ImageCount - 1)));
        Assert.Throws<ArgumentException>(() => plan.Run([], []));
    }

    [Fact]
    public void PlansLeaveNothingBehind()
    {
        using var leaks = new LeakCheck();
        using var backend = new ReferenceBackend(threads: 1);
        using (var rig = new TrainingRig(backend, Model, 2))
            rig.Plan.RunIteration();
        using (new InferencePlan(backend, ModelWeights.Initialize(Model, 8), Side.B, 2, Precision.Fp32))
        {
        }
        // A plan that fails half way frees what it had.
        Assert.Throws<NotSupportedException>(() => new TrainingPlan(backend, Model, 2, Precision.Bf16, OptimizerSpec.For(Model)));
        Assert.Throws<NotSupportedException>(() => new InferencePlan(backend, ModelWeights.Initialize(Model, 8), Side.B, 2, Precision.Bf16));
    }

    private static void Run(TrainingPlan plan, int iterations)
    {
        for (int i = 0; i < iterations; i++)
            plan.RunIteration();
    }

    private static void AssertSameWeights(TrainingPlan left, TrainingPlan right)
    {
        foreach (TensorInfo tensor in Model.Tensors)
        {
            float[] one = new float[tensor.Count], other = new float[tensor.Count];
            left.Export(tensor, one);
            right.Export(tensor, other);
            Assert.Equal(one, other);
        }
    }
}

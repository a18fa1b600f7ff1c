using System.Text.Json;
using FaceSwap.Compute;
using FaceSwap.Core;

namespace FaceSwap.Models.Golden;

/// <summary>
/// Checks a backend against a golden file of another implementation: forward pass, losses, gradients and weights after a few
/// alternating updates of a whole model from seeded weights and images (see <see cref="SplitMixFill"/>). One line per group of
/// tensors, with the error of the worst; the bounds are <see cref="EngineBounds"/>.
/// </summary>
public static class EngineGolden
{
    private const double BiasLimit = 0.05;
    private const int FirstImageTensor = 1000; // input of update k is tensor 1000 + 2k, its target the next

    /// <summary>Runs the checks.</summary>
    /// <param name="path">A golden file, for example <c>original_seed7_batch2.json</c>.</param>
    /// <param name="backend">What to check.</param>
    /// <param name="precision">Arithmetic.</param>
    /// <exception cref="UserErrorException">The file cannot be read or is not such a file.</exception>
    public static IReadOnlyList<CheckResult> Check(string path, IBackend backend, Precision precision)
    {
        string prefix = $"engine/{System.IO.Path.GetFileNameWithoutExtension(path)} {backend.Info.Name} {precision.ToString().ToLowerInvariant()}";
        if (!backend.Supports(precision))
            return [CheckResult.Failed(prefix, $"the backend does not compute in {precision}")];
        try
        {
            using FileStream file = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(file);
            return new Run(document.RootElement, prefix, backend, precision).Execute();
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException or InvalidDataException
            or UnauthorizedAccessException)
        {
            throw new UserErrorException($"The golden file {path} cannot be used: {e.Message}", e);
        }
    }

    private sealed class Run
    {
        private readonly JsonElement golden;
        private readonly string prefix;
        private readonly IBackend backend;
        private readonly Precision precision;
        private readonly EngineBounds bounds;
        private readonly ModelDefinition model;
        private readonly ulong seed;
        private readonly int batch;
        private readonly List<CheckResult> results = [];

        public Run(JsonElement golden, string prefix, IBackend backend, Precision precision)
        {
            (this.golden, this.prefix, this.backend, this.precision) = (golden, prefix, backend, precision);
            bounds = EngineBounds.For(precision);
            model = ModelZoo.Get(golden.GetProperty("model").GetString()!);
            seed = golden.GetProperty("seed").GetUInt64();
            batch = golden.GetProperty("batch").GetInt32();
        }

        public List<CheckResult> Execute()
        {
            ModelWeights weights = SeededWeights();
            CheckForward(weights);
            using var plan = new TrainingPlan(backend, model, batch, precision, Optimizer());
            plan.Load(weights);
            if (bounds.Forward is { } bound)
                CheckLatent(plan, bound);
            foreach (JsonElement update in golden.GetProperty("updates").EnumerateArray())
                CheckUpdate(plan, update);
            if (bounds.Change is { } change)
                CheckChange(plan, weights, change);
            return results;
        }

        private ModelWeights SeededWeights()
        {
            var weights = new ModelWeights(model);
            var worst = new Worst();
            JsonElement[] listed = [.. golden.GetProperty("tensors").EnumerateArray()];
            if (listed.Length != model.Tensors.Count)
                throw new InvalidDataException($"it lists {listed.Length} tensors where {model.Name} has {model.Tensors.Count}");
            foreach (TensorInfo tensor in model.Tensors)
            {
                JsonElement json = listed[tensor.Index];
                if (!json.GetProperty("shape_keras").EnumerateArray().Select(e => e.GetInt32()).SequenceEqual(tensor.Shape))
                    throw new InvalidDataException($"{json.GetProperty("name")} is not shaped as {tensor.Name}");
                SplitMixFill.Weights(seed, tensor.Index, tensor.IsKernel ? tensor.GlorotLimit : BiasLimit, weights[tensor]);
                var initial = new TensorStatistics(json.GetProperty("initial"));
                worst.Add(initial.ValueError(weights[tensor]), GoldenName(tensor));
                worst.Add(initial.NormError(weights[tensor]), GoldenName(tensor));
            }
            // The generator rounds to single as we do: one place of the last bit of the largest weight, 0.05 to 0.1.
            results.Add(worst.Result($"{prefix} seeded weights", 1e-8));
            return weights;
        }

        private void CheckForward(ModelWeights weights)
        {
            if (bounds.Forward is not { } bound)
                return;
            float[] input = Images(0, target: false), output = new float[input.Length];
            foreach (Side side in new[] { Side.A, Side.B })
            {
                using var plan = new InferencePlan(backend, weights, side, batch, precision);
                plan.Run(input, output);
                var expected = new TensorStatistics(golden.GetProperty("forward").GetProperty($"{side}_nhwc"));
                results.Add(CheckResult.Of($"{prefix} forward {side}", expected.ValueError(output), bound));
            }
        }

        private void CheckLatent(TrainingPlan plan, double bound)
        {
            float[] input = Images(0, target: false), output = new float[input.Length];
            plan.Predict(Side.A, input, output);
            PartDefinition encoder = model.Part(model.Path(Side.A)[0]);
            var latent = new float[batch * encoder.Output.Count];
            plan.ReadPartOutput(Side.A, encoder.Name, latent);
            var expected = new TensorStatistics(golden.GetProperty("forward").GetProperty("latent_nhwc"));
            results.Add(CheckResult.Of($"{prefix} forward {encoder.Name}", expected.ValueError(latent), bound));
        }

        private void CheckUpdate(TrainingPlan plan, JsonElement update)
        {
            int t = update.GetProperty("t").GetInt32();
            Side side = update.GetProperty("side").GetString() == "A" ? Side.A : Side.B;
            double expected = update.GetProperty("loss").GetDouble();
            float loss = plan.Update(side, Images(t - 1, target: false), Images(t - 1, target: true));
            results.Add(CheckResult.Of($"{prefix} update {t} loss", Math.Abs(loss - expected) / expected, bounds.Loss));
            if (!update.TryGetProperty("gradients", out JsonElement gradients))
                return;
            Worst norm = new(), value = new();
            foreach (TensorInfo tensor in model.TensorsOf(side))
            {
                var actual = new float[tensor.Count];
                plan.ExportGradient(side, tensor, actual);
                var statistics = new TensorStatistics(gradients.GetProperty(GoldenName(tensor)));
                norm.Add(statistics.NormError(actual), GoldenName(tensor));
                value.Add(statistics.ValueError(actual) / statistics.LargestValue, GoldenName(tensor));
            }
            results.Add(norm.Result($"{prefix} update {t} gradient norms", bounds.GradientNorm));
            if (bounds.GradientValue is { } bound)
                results.Add(value.Result($"{prefix} update {t} gradient values", bound));
        }

        private void CheckChange(TrainingPlan plan, ModelWeights before, double bound)
        {
            var worst = new Worst();
            foreach (TensorInfo tensor in model.Tensors)
            {
                var change = new float[tensor.Count];
                plan.Export(tensor, change);
                float[] initial = before[tensor];
                for (int i = 0; i < change.Length; i++)
                    change[i] -= initial[i];
                var expected = new TensorStatistics(golden.GetProperty("after").GetProperty(GoldenName(tensor)).GetProperty("delta"));
                worst.Add(expected.NormError(change), GoldenName(tensor));
            }
            results.Add(worst.Result($"{prefix} change of the weights", bound));
        }

        private OptimizerSpec Optimizer()
        {
            JsonElement adam = golden.GetProperty("adam");
            return new OptimizerSpec(adam.GetProperty("lr").GetSingle(), adam.GetProperty("beta1").GetSingle(), adam.GetProperty("beta2").GetSingle(),
                adam.GetProperty("epsilon").GetSingle());
        }

        private float[] Images(int update, bool target) =>
            SplitMixFill.Images(seed, FirstImageTensor + (2 * update) + (target ? 1 : 0), batch * model.ImageCount);

        private string GoldenName(TensorInfo tensor) => golden.GetProperty("tensors")[tensor.Index].GetProperty("name").GetString()!;
    }

    /// <summary>The largest of some errors and where it was. NaN is larger than any.</summary>
    private sealed class Worst
    {
        private double error;
        private string where = "";

        public void Add(double value, string place)
        {
            if (value <= error || double.IsNaN(error))
                return;
            (error, where) = (value, place);
        }

        public CheckResult Result(string name, double bound) => CheckResult.Of(name, error, bound, where.Length == 0 ? "" : $"worst: {where}");
    }
}

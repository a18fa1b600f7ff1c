namespace FaceSwap.Models.Tests;

public class ModelWeightsTests
{
    [Fact]
    public void KernelsAreGlorotUniformAndBiasesZero()
    {
        ModelDefinition model = ModelZoo.Get("Light");
        ModelWeights weights = ModelWeights.Initialize(model, 5);
        foreach (TensorInfo tensor in model.Tensors)
        {
            float[] values = weights[tensor];
            if (!tensor.IsKernel)
            {
                Assert.False(values.AsSpan().ContainsAnyExcept(0f));
                continue;
            }
            double limit = tensor.GlorotLimit, n = values.Length;
            Assert.InRange(values.Min(), -limit, -0.9 * limit);
            Assert.InRange(values.Max(), 0.9 * limit, limit);
            // Mean and variance of a uniform distribution, within six standard errors.
            Assert.InRange(values.Average(), -6 * limit / Math.Sqrt(3 * n), 6 * limit / Math.Sqrt(3 * n));
            double variance = values.Average(v => (double)v * v), expected = limit * limit / 3;
            Assert.InRange(variance / expected, 1 - (6 * Math.Sqrt(0.8 / n)), 1 + (6 * Math.Sqrt(0.8 / n)));
        }
    }

    [Fact]
    public void TheSeedDecides()
    {
        ModelDefinition model = TinyNetwork.Definition;
        ModelWeights first = ModelWeights.Initialize(model, 1), again = ModelWeights.Initialize(model, 1), other = ModelWeights.Initialize(model, 2);
        foreach (TensorInfo tensor in model.Tensors.Where(t => t.IsKernel))
        {
            Assert.Equal(first[tensor], again[tensor]);
            Assert.NotEqual(first[tensor], other[tensor]);
        }
        // The decoders have the same shapes and still start apart.
        TensorInfo[] a = [.. model.TensorsOf("decoder_A")], b = [.. model.TensorsOf("decoder_B")];
        Assert.NotEqual(first[a[0]], first[b[0]]);
    }
}

using FaceSwap.Core;

namespace FaceSwap.Models.Tests;

public class ModelZooTests
{
    [Fact]
    public void HasTheClassicModels() => Assert.Subset(ModelZoo.All.Select(m => m.Name).ToHashSet(), new HashSet<string> { "Light", "LowMem", "Original" });

    [Theory]
    [InlineData("original", 5e-5f)]
    [InlineData("LOWMEM", 5e-5f)]
    [InlineData("Light", 5e-4f)]
    public void IsFoundInAnyLetterCase(string name, float learningRate)
    {
        ModelDefinition model = ModelZoo.Get(name);
        Assert.Equal(learningRate, model.LearningRate);
        Assert.Equal(64, model.InputSize);
    }

    [Fact]
    public void AnUnknownNameListsTheKnownOnes() =>
        Assert.Contains("Light, LowMem, Original", Assert.Throws<UserErrorException>(() => ModelZoo.Get("GAN1024")).Message, StringComparison.Ordinal);

    // The counts of the 2018 models, from the sizes in the specification.
    [Theory]
    [InlineData("Original", "encoder", 69662976)]
    [InlineData("Original", "decoder_A", 6199747)]
    [InlineData("LowMem", "encoder", 48165632)]
    [InlineData("LowMem", "decoder_B", 6199747)]
    [InlineData("Light", "encoder", 4359744)]
    [InlineData("Light", "decoder_A", 388723)]
    public void HasTheRightNumberOfParameters(string model, string part, int count) =>
        Assert.Equal(count, ModelZoo.Get(model).TensorsOf(part).Sum(t => t.Count));

    // The names in the weight files of the 2018 tools.
    [Theory]
    [InlineData("Original", "encoder", "conv2d_1 conv2d_2 conv2d_3 conv2d_4 dense_1 dense_2 conv2d_5")]
    [InlineData("Original", "decoder_A", "conv2d_6 conv2d_7 conv2d_8 conv2d_9")]
    [InlineData("Original", "decoder_B", "conv2d_10 conv2d_11 conv2d_12 conv2d_13")]
    [InlineData("LowMem", "encoder", "conv2d_1 conv2d_2 conv2d_3 dense_1 dense_2 conv2d_4")]
    [InlineData("LowMem", "decoder_A", "conv2d_5 conv2d_6 conv2d_7 conv2d_8")]
    public void NamesTensorsAsKerasDoes(string model, string part, string layers) =>
        Assert.Equal(layers.Split(' ').SelectMany(l => new[] { $"{l}/kernel", $"{l}/bias" }),
            ModelZoo.Get(model).TensorsOf(part).Select(t => t.Name));

    [Fact]
    public void CountsTheWorkOfAnIteration()
    {
        ModelDefinition model = ModelZoo.Get("Original");
        // 0.365 TFLOP at batch 16, both autoencoders, when the first layer's input gradient is counted too, which is not needed.
        double first = 2.0 * 25 * 3 * 128 * 32 * 32;
        Assert.Equal(0.365, 16 * (model.UpdateFlops(Side.A) + model.UpdateFlops(Side.B) + (2 * first)) / 1e12, 3);
    }

    [Fact]
    public void PartsThatDoNotFitAreRefused()
    {
        PartDefinition encoder = ModelZoo.Get("Light").Part("encoder");
        Assert.Throws<ArgumentException>(() => new ModelDefinition("Half", "", 1, 1, [encoder], ["encoder"], ["encoder"]));
    }
}

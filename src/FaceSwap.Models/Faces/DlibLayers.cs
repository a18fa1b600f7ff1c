namespace FaceSwap.Models;

/// <summary>What a layer of a dlib network is; tags and skips have no content of their own.</summary>
internal enum DlibLayerKind
{
    Conv,
    Affine,
    Relu,
    MaxPool,
    AveragePool,
    Dense,
    AddPrevious,
    Tag,
    Skip,
}

/// <summary>A layer that a file must have at its place.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Outputs">Output channels of a convolution or a dense layer.</param>
/// <param name="Kernel">Side of a kernel or window; 0 for the whole image.</param>
/// <param name="Stride">Stride.</param>
/// <param name="Padding">Zeros on each side.</param>
internal readonly record struct DlibLayer(DlibLayerKind Kind, int Outputs = 0, int Kernel = 0, int Stride = 1, int Padding = 0);

/// <summary>
/// The layers of a dlib network (<c>dlib/dnn/core.h</c>, <c>layers.h</c>). A network is nested: the outermost layer comes first with its version, then the one
/// inside it, down to the input layer; their contents follow on the way back out.
/// </summary>
internal static class DlibLayers
{
    /// <summary>Reads the layers between the loss and the end of the file. Affine layers and batch normalisation are folded into the convolution before them.</summary>
    /// <param name="archive">At the outermost layer.</param>
    /// <param name="layers">What must be there, from the input to the output.</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="readInput">Reads the input layer.</param>
    /// <returns>The convolutions from the input to the output, and a dense layer as a 1×1 convolution.</returns>
    /// <exception cref="InvalidDataException">The file holds another network, or is damaged.</exception>
    public static List<FaceConv> Read(ref DlibArchive archive, ReadOnlySpan<DlibLayer> layers, int channels, ReadInput readInput)
    {
        var versions = new int[layers.Length];
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            bool plain = layers[i].Kind is DlibLayerKind.Tag or DlibLayerKind.Skip;
            versions[i] = plain ? archive.Integer("layer version", 1, 1) : i == 0 ? archive.Integer("layer version", 2, 3) : archive.Integer("layer version", 1, 2);
        }
        readInput(ref archive);
        List<FaceConv> convs = [];
        bool rectified = false;
        for (int i = 0; i < layers.Length; i++)
        {
            DlibLayer layer = layers[i];
            if (layer.Kind is DlibLayerKind.Tag or DlibLayerKind.Skip)
                continue;
            Content(ref archive, layer, convs, channels, ref rectified);
            if (layer.Kind is DlibLayerKind.Conv or DlibLayerKind.Dense)
                channels = layer.Outputs;
            for (int flag = 0; flag < 3; flag++)
                archive.Flag();
            archive.SkipTensor(); // gradient
            archive.SkipTensor(); // last output
            if (i == 0)
            {
                archive.SkipTensor();
                if (versions[i] >= 3)
                    archive.Integer("expansion", 1, 1);
            }
            else if (versions[i] >= 2)
            {
                archive.SkipTensor();
            }
        }
        return rectified ? throw new InvalidDataException("a ReLU in the last convolution") : convs;
    }

    /// <summary>Reads an input layer.</summary>
    internal delegate void ReadInput(ref DlibArchive archive);

    // `rectified`: dlib's fuse_layers has put the ReLU that follows into the convolution, and disabled what lies between.
    private static void Content(ref DlibArchive archive, DlibLayer layer, List<FaceConv> convs, int channels, ref bool rectified)
    {
        if (rectified && layer.Kind is not (DlibLayerKind.Affine or DlibLayerKind.Relu))
            throw new InvalidDataException($"a convolution with a ReLU of its own before a layer of the kind {layer.Kind}");
        switch (layer.Kind)
        {
            case DlibLayerKind.Conv:
                convs.Add(Conv(ref archive, layer, channels, out rectified));
                break;
            case DlibLayerKind.Affine:
                FaceConv folded = Affine(ref archive, convs[^1]);
                if (rectified && !ReferenceEquals(folded, convs[^1]))
                    throw new InvalidDataException("an affine layer after a convolution with a ReLU of its own");
                convs[^1] = folded;
                break;
            case DlibLayerKind.Relu:
                if (archive.Text("relu_", "relu_2") == "relu_2" && archive.Flag() && !rectified)
                    throw new InvalidDataException("a ReLU that is disabled");
                rectified = false;
                break;
            case DlibLayerKind.MaxPool:
                archive.Text("max_pool_2");
                archive.Expect("pooling size", layer.Kernel, layer.Kernel, layer.Stride, layer.Stride, layer.Padding, layer.Padding);
                break;
            case DlibLayerKind.AveragePool:
                archive.Text("avg_pool_2");
                archive.Expect("pooling size", layer.Kernel, layer.Kernel, layer.Stride, layer.Stride, layer.Padding, layer.Padding);
                break;
            case DlibLayerKind.AddPrevious:
                archive.Text("add_prev_");
                break;
            default:
                convs.Add(Dense(ref archive, layer, channels));
                break;
        }
    }

    private static FaceConv Conv(ref DlibArchive archive, DlibLayer layer, int channels, out bool rectified)
    {
        string version = archive.Text("con_4", "con_5", "con_6");
        float[] parameters = archive.Tensor(out _);
        archive.Expect("number of filters", layer.Outputs);
        archive.Expect("kernel size", layer.Kernel, layer.Kernel);
        archive.Expect("stride", layer.Stride, layer.Stride);
        archive.Expect("padding", layer.Padding, layer.Padding);
        (int n, int k, int rows, int columns) = archive.Alias();
        archive.Alias();
        for (int i = 0; i < 4; i++)
            archive.Number(); // learning rates and weight decays
        bool biased = version == "con_4" || archive.Flag();
        rectified = version == "con_6" && archive.Flag();
        int count = layer.Outputs * channels * layer.Kernel * layer.Kernel;
        if ((n, k, rows, columns) != (layer.Outputs, channels, layer.Kernel, layer.Kernel) || parameters.Length != count + (biased ? layer.Outputs : 0))
            throw new InvalidDataException($"a convolution of {n}×{k}×{rows}×{columns} where {layer.Outputs}×{channels}×{layer.Kernel}×{layer.Kernel} was expected");
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            // (out, in, row, column) to (row, column, in, out).
            int taps = layer.Kernel * layer.Kernel, tap = i % taps, input = i / taps % channels, output = i / taps / channels;
            values[(((tap * channels) + input) * layer.Outputs) + output] = parameters[i];
        }
        return new FaceConv(channels, layer.Outputs, layer.Kernel, layer.Stride, layer.Padding, values, biased ? parameters[count..] : new float[layer.Outputs]);
    }

    private static FaceConv Affine(ref DlibArchive archive, FaceConv conv)
    {
        string version = archive.Text("affine_", "affine_2", "bn_con2");
        float[] parameters = archive.Tensor(out _);
        archive.Alias();
        archive.Alias();
        int channels = conv.Outputs;
        if (parameters.Length != 2 * channels)
            throw new InvalidDataException($"{parameters.Length} affine parameters where {2 * channels} were expected");
        float[] gamma = parameters[..channels], beta = parameters[channels..];
        if (version != "bn_con2")
        {
            archive.Integer("affine mode", 0, 1);
            bool disabled = version == "affine_2" && archive.Flag();
            return disabled ? conv : conv.Then(gamma, beta);
        }
        archive.SkipTensor();
        archive.SkipTensor();
        float[] means = archive.Tensor(out _), variances = archive.Tensor(out _);
        archive.Integer(); // updates
        archive.Integer(); // window
        for (int i = 0; i < 4; i++)
            archive.Number();
        double epsilon = archive.Number();
        if (means.Length != channels || variances.Length != channels)
            throw new InvalidDataException($"{means.Length} means where {channels} were expected");
        for (int c = 0; c < channels; c++)
        {
            double factor = gamma[c] / Math.Sqrt(variances[c] + epsilon);
            (gamma[c], beta[c]) = ((float)factor, (float)(beta[c] - (means[c] * factor)));
        }
        return conv.Then(gamma, beta);
    }

    private static FaceConv Dense(ref DlibArchive archive, DlibLayer layer, int channels)
    {
        string version = archive.Text("fc_2", "fc_3");
        archive.Expect("number of outputs", layer.Outputs);
        archive.Expect("number of inputs", channels);
        float[] parameters = archive.Tensor(out _);
        archive.Alias();
        archive.Alias();
        bool biased = archive.Integer("bias mode", 0, 1) == 0;
        for (int i = 0; i < 4; i++)
            archive.Number();
        biased &= version != "fc_3" || archive.Flag();
        int count = channels * layer.Outputs;
        if (parameters.Length < count || (biased && parameters.Length != count + layer.Outputs))
            throw new InvalidDataException($"{parameters.Length} dense parameters where {count} were expected");
        return new FaceConv(channels, layer.Outputs, 1, 1, 0, parameters[..count], biased ? parameters[count..] : new float[layer.Outputs]);
    }
}

namespace FaceSwap.Models;

// What goes in and out of a training plan by name, in Keras order: weights, gradients and moments.
public sealed partial class TrainingPlan
{
    /// <summary>Takes all weights.</summary>
    public void Load(ModelWeights weights)
    {
        if (weights.Model != Model)
            throw new ArgumentException($"weights of {weights.Model.Name} given to a plan of {Model.Name}", nameof(weights));
        foreach (TensorInfo tensor in Model.Tensors)
            Import(tensor, weights[tensor]);
    }

    /// <summary>Copies all weights out. Waits for enqueued work.</summary>
    public void Save(ModelWeights weights)
    {
        if (weights.Model != Model)
            throw new ArgumentException($"weights of {weights.Model.Name} given to a plan of {Model.Name}", nameof(weights));
        foreach (TensorInfo tensor in Model.Tensors)
            Export(tensor, weights[tensor]);
    }

    /// <summary>Takes one weight tensor.</summary>
    public void Import(TensorInfo tensor, ReadOnlySpan<float> keras)
    {
        backend.Synchronize();
        parameters.Import(backend, tensor, keras);
        kernelsStale = true;
    }

    /// <summary>Copies one weight tensor out. Waits for enqueued work.</summary>
    public void Export(TensorInfo tensor, Span<float> keras)
    {
        backend.Synchronize();
        parameters.Export(backend, tensor, keras);
    }

    /// <summary>Copies out the gradient that the last update left; it must have been an update of an autoencoder with this tensor.</summary>
    public void ExportGradient(Side side, TensorInfo tensor, Span<float> keras)
    {
        backend.Synchronize();
        halves[(int)side].Gradients.Export(backend, tensor, keras);
    }

    /// <summary>Takes Adam's moments of one tensor in one autoencoder (a shared part has moments in each).</summary>
    public void ImportMoments(Side side, TensorInfo tensor, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        backend.Synchronize();
        halves[(int)side].FirstMoments.Import(backend, tensor, first);
        halves[(int)side].SecondMoments.Import(backend, tensor, second);
    }

    /// <summary>Copies Adam's moments of one tensor in one autoencoder out. Waits for enqueued work.</summary>
    public void ExportMoments(Side side, TensorInfo tensor, Span<float> first, Span<float> second)
    {
        backend.Synchronize();
        halves[(int)side].FirstMoments.Export(backend, tensor, first);
        halves[(int)side].SecondMoments.Export(backend, tensor, second);
    }
}

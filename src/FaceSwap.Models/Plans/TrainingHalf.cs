using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>What belongs to one identity in training: its layers in order, its moments, its Adam and its faces.</summary>
internal sealed class TrainingHalf
{
    private readonly string[] path;
    private readonly PartNetwork[] networks;
    private readonly IAdam[] adams; // one for each part
    private readonly Slab parameters;
    private readonly TrainingFaces? faces;
    private readonly IAugment? augment;
    private readonly DeviceSpan<AugmentDraw> draws; // (N)

    public TrainingHalf(IBackend backend, PlanResources resources, PartNetwork[] networks, LayerChain chain, Slab parameters, Slab gradients,
        OptimizerSpec optimizer, TrainingFaces? faces)
    {
        (Chain, Gradients, this.networks, this.parameters, this.faces) = (chain, gradients, networks, parameters, faces);
        path = [.. networks.Select(n => n.Name)];
        FirstMoments = new Slab(networks);
        SecondMoments = new Slab(networks);
        DeviceSpan<float> moments = resources.Allocate<float>(backend, 2 * FirstMoments.Length, "Adam's moments");
        FirstMoments.Bind(moments);
        SecondMoments.Bind(moments.Slice(FirstMoments.Length, SecondMoments.Length));
        adams = [.. path.Select(p => resources.Own(backend.CreateAdam(new AdamSpec(parameters.Part(p).Length, optimizer.LearningRate,
            optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon))))];
        if (faces is not null)
        {
            augment = resources.Own(backend.CreateAugment(faces.Augment));
            draws = resources.Allocate<AugmentDraw>(backend, faces.Augment.Batch, "the samples' random numbers");
        }
    }

    public LayerChain Chain { get; }

    public Slab Gradients { get; }

    public Slab FirstMoments { get; }

    public Slab SecondMoments { get; }

    /// <summary>What a part made in the last forward pass: (N, part's output), activation type.</summary>
    public DeviceSpan<byte> PartOutput(string part)
    {
        int end = Array.IndexOf(path, part);
        if (end < 0)
            throw new ArgumentException($"part {part} is not one of {string.Join(", ", path)}", nameof(part));
        return Chain.OutputAfter(networks.Take(end + 1).Sum(n => n.Nodes.Length));
    }

    /// <summary>Enqueues making the samples of an iteration.</summary>
    /// <exception cref="InvalidOperationException">There are no faces.</exception>
    public void EnqueueSamples(DeviceSpan<long> iteration, DeviceSpan<byte> input, DeviceSpan<float> target)
    {
        if (augment is null || faces is null)
            throw new InvalidOperationException("this plan was made without faces");
        augment.Draw(iteration, draws);
        augment.Gather(faces.Faces, draws, input, target);
    }

    /// <summary>Enqueues Adam over each part of the path.</summary>
    public void EnqueueAdam(DeviceSpan<long> step)
    {
        for (int i = 0; i < adams.Length; i++)
            adams[i].Update(parameters.Part(path[i]), Gradients.Part(path[i]), FirstMoments.Part(path[i]), SecondMoments.Part(path[i]), step);
    }
}

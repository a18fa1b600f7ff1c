using FaceSwap.Compute;

namespace FaceSwap.Models;

/// <summary>
/// The face recognition network on a backend: chips of 150×150 pixels → 128 numbers each. A residual block is y = relu(conv2(relu(conv1(x))) + shortcut), the
/// shortcut being x, or x averaged over 2×2 pixels where the block halves the image; the smaller of the two counts as zero where it ends. May be used
/// from several threads, which take turns; running allocates nothing.
/// </summary>
public sealed class EmbeddingNetwork : IDisposable
{
    private const int ChipCount = EmbeddingWeights.Side * EmbeddingWeights.Side * 3;
    private const float Scale = 1 / 256f;

    private readonly IBackend backend;
    private readonly PlanResources resources = new();
    private readonly IRecording pass;
    private readonly DeviceSpan<float> input, output;
    private readonly float[] normalized;
    private readonly EmbeddingWeights weights;
    private readonly Lock turn;

    /// <summary>Prepares the network for batches of one size.</summary>
    /// <param name="backend">Where it runs, one that has pooling (<see cref="Runs"/>); must outlive the network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="batch">Most chips in one run.</param>
    /// <param name="turn">Held while the backend is used; null: nobody else uses it.</param>
    /// <exception cref="FaceSwap.Core.UserErrorException">Not enough memory.</exception>
    /// <exception cref="NotSupportedException">The backend has no pooling.</exception>
    public EmbeddingNetwork(IBackend backend, EmbeddingWeights weights, int batch = 1, Lock? turn = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        (this.backend, this.weights, Batch, this.turn) = (backend, weights, batch, turn ?? new Lock());
        normalized = new float[batch * ChipCount];
        try
        {
            input = resources.Allocate<float>(backend, (long)batch * ChipCount, "the face recognition network's input");
            output = resources.Allocate<float>(backend, (long)batch * EmbeddingWeights.Length, "the face recognition network's output");
            var work = new Builder(backend, resources, batch);
            List<Action> steps = work.Build(weights, input, output);
            pass = resources.Own(backend.Record(() =>
            {
                foreach (Action step in steps)
                    step();
            }));
        }
        catch
        {
            resources.Dispose();
            throw;
        }
    }

    /// <summary>Most chips in one run.</summary>
    public int Batch { get; }

    /// <summary>Whether a backend has what the network needs.</summary>
    public static bool Runs(IBackend backend)
    {
        using IPool2d? pool = backend.CreatePool2d(new Pool2dSpec(1, 2, 2, 1, 2, 1, Pooling.Max));
        using IAddRelu? add = backend.CreateAddRelu(new AddReluSpec(1, (1, 1, 1), (1, 1, 1)));
        return pool is not null && add is not null;
    }

    /// <summary>Describes faces.</summary>
    /// <param name="chips">(n, 150, 150, 3) R, G, B, 1 ≤ n ≤ <see cref="Batch"/>.</param>
    /// <param name="descriptions">(n, 128); overwritten.</param>
    public void Run(ReadOnlySpan<byte> chips, Span<float> descriptions)
    {
        int count = chips.Length / ChipCount;
        if (count < 1 || count > Batch || chips.Length != count * ChipCount || descriptions.Length != count * EmbeddingWeights.Length)
            throw new ArgumentException($"{chips.Length} samples and {descriptions.Length} results are not 1 to {Batch} chips of {ChipCount} and {EmbeddingWeights.Length}");
        (float red, float green, float blue) = weights.Mean;
        lock (turn)
        {
            for (int i = 0; i < chips.Length; i += 3)
            {
                normalized[i] = (chips[i] - red) * Scale;
                normalized[i + 1] = (chips[i + 1] - green) * Scale;
                normalized[i + 2] = (chips[i + 2] - blue) * Scale;
            }
            backend.Upload<float>(normalized.AsSpan(0, chips.Length), input.Slice(0, chips.Length));
            pass.Run();
            backend.Download(output.Slice(0, descriptions.Length), descriptions);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => resources.Dispose();

    // Lays the network out: each operation with its operands, in order.
    private sealed class Builder(IBackend backend, PlanResources resources, int batch)
    {
        private readonly List<Action> steps = [];
        private DeviceSpan<byte> workspace;
        private long workspaceBytes;

        public List<Action> Build(EmbeddingWeights weights, DeviceSpan<float> input, DeviceSpan<float> output)
        {
            (DeviceSpan<float> x, (int H, int W, int C) shape) = Conv(input, (EmbeddingWeights.Side, EmbeddingWeights.Side, 3), weights.Convs[0], relu: true);
            (x, shape) = Pool(x, shape, EmbeddingWeights.FirstPool, 2, Pooling.Max);
            for (int i = 0; i < EmbeddingWeights.Blocks.Length; i++)
            {
                (DeviceSpan<float> y, (int, int, int) side) = Conv(x, shape, weights.Convs[1 + (2 * i)], relu: true);
                (y, side) = Conv(y, side, weights.Convs[2 + (2 * i)], relu: false);
                if (EmbeddingWeights.Blocks[i].Down)
                    (x, shape) = Pool(x, shape, EmbeddingWeights.DownPool, EmbeddingWeights.DownPool, Pooling.Average);
                (x, shape) = Add(y, side, x, shape);
            }
            (x, shape) = Pool(x, shape, shape.H, 1, Pooling.Average);
            Dense(x, shape.C, weights.Dense, output);
            workspace = resources.Allocate<byte>(backend, workspaceBytes, "the face recognition network's workspace");
            return steps;
        }

        private (DeviceSpan<float>, (int, int, int)) Conv(DeviceSpan<float> x, (int H, int W, int C) shape, FaceConv conv, bool relu)
        {
            var step = new ConvStep(backend, resources, conv, batch, shape.H, shape.W, relu);
            DeviceSpan<float> y = Room(step.OutputCount);
            workspaceBytes = Math.Max(workspaceBytes, step.WorkspaceBytes);
            steps.Add(() => step.Forward(x.As<byte>(), y.As<byte>(), workspace));
            return (y, (step.Height, step.Width, conv.Outputs));
        }

        private (DeviceSpan<float>, (int, int, int)) Pool(DeviceSpan<float> x, (int H, int W, int C) shape, int kernel, int stride, Pooling pooling)
        {
            var spec = new Pool2dSpec(batch, shape.H, shape.W, shape.C, kernel, stride, pooling);
            IPool2d pool = resources.Own(backend.CreatePool2d(spec) ?? throw Lacking());
            DeviceSpan<float> y = Room(spec.OutputCount);
            steps.Add(() => pool.Forward(x, y));
            return (y, (spec.OutHeight, spec.OutWidth, shape.C));
        }

        private (DeviceSpan<float>, (int, int, int)) Add(DeviceSpan<float> a, (int, int, int) left, DeviceSpan<float> b, (int, int, int) right)
        {
            var spec = new AddReluSpec(batch, left, right);
            IAddRelu add = resources.Own(backend.CreateAddRelu(spec) ?? throw Lacking());
            DeviceSpan<float> y = Room(spec.Count(spec.Y));
            steps.Add(() => add.Forward(a, b, y));
            return (y, spec.Y);
        }

        private void Dense(DeviceSpan<float> x, int inputs, IReadOnlyList<float> values, DeviceSpan<float> y)
        {
            IDense dense = resources.Own(backend.CreateDense(new DenseSpec(batch, inputs, EmbeddingWeights.Length, Precision.Fp32, Training: false, InputGradient: false)));
            DeviceSpan<float> kernel = resources.Allocate<float>(backend, dense.KernelStorage, "a face network's weights");
            DeviceSpan<float> bias = resources.Allocate<float>(backend, EmbeddingWeights.Length, "a face network's weights");
            dense.ImportKernel([.. values], kernel);
            dense.KernelChanged(kernel);
            workspaceBytes = Math.Max(workspaceBytes, dense.WorkspaceBytes);
            steps.Add(() => dense.Forward(x.As<byte>(), kernel, bias, y.As<byte>(), workspace));
        }

        // Every result has memory of its own: 8 MB a chip in all.
        private DeviceSpan<float> Room(long count) => resources.Allocate<float>(backend, count, "the face recognition network's activations");

        private NotSupportedException Lacking() => new($"the {backend.Info.Name} backend has no pooling; the face recognition network runs on the processor");
    }
}
